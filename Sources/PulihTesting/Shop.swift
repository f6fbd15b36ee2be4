internal import PulihModel

/// A small workspace with everything in it: one file of each delivery, models of each kind.
public enum Shop {
    public static func make(
        configuration: String = Shop.configuration, models: [String: String] = Shop.models,
        database: String? = nil
    ) async throws -> TestWorkspace {
        let workspace = try await TestWorkspace(configuration, models: models, database: database)
        try await workspace.must("apply", "--yes")
        return workspace
    }

    /// A workspace of its own in which BATCH000001 is loaded.
    public static func loaded() async throws -> TestWorkspace {
        try await bases[Place.current]!.value.copy()
    }

    private static let bases = everywhere {
        let shop = try await make()
        try shop.dropFirst()
        try await shop.must("start", "client1")
        return shop
    }

    /// What the body makes, once in each place, when it is first asked for.
    public static func everywhere<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) -> [Place: Once<Value>] {
        Dictionary(
            uniqueKeysWithValues: Place.allCases.map { place in
                (place, Once { try await Place.$current.withValue(place) { try await body() } })
            })
    }

    public static let configuration = """
        pulih: 1
        settings: {settle_seconds: 0, threads: 2, parallel_steps: 2}
        clients:
          client1: {id: 1}
        sources:
          shop:
            files:
              customers:
                pattern: "customers*.csv"
                delivery: full
                limits: {records: 1, percent: none}
                columns: {id: integer, name: text, city: text}
                rules:
                  - unique: id
                  - row_count: {min_percent: 60}
              orders:
                pattern: "orders*.csv"
                delivery: delta
                limits: {records: 2, percent: none}
                columns: {id: integer, customer_id: integer, amount: "decimal(12,2)", day: date}
                rules:
                  - {not_null: customer_id, severity: quarantine}
              prices:
                pattern: "prices*.csv"
                delivery: {upsert: [sku]}
                columns: {sku: text, price: "decimal(12,2)"}

        """

    public static let models = [
        "silver/customers.sql": """
        /* ---
        tests: [{not_null: id}, {unique: id}]
        trace:
          - to: bronze.shop_customers
            on: {id: id}
        --- */
        SELECT id, trim(name) AS name, city FROM {{ bronze }}.shop_customers_current
        """,
        "silver/prices.sql": "SELECT sku, price FROM {{ bronze }}.shop_prices_current",
        "gold/dim_customers.sql": """
        /* ---
        trace:
          - to: silver.customers
            on: {customer_id: id}
        --- */
        SELECT row_number() OVER (ORDER BY id) AS customer_key, id AS customer_id, name, city
        FROM {{ silver }}.customers
        """,
        "gold/fact_orders.sql": """
        /* ---
        materialized: incremental
        unique_key: order_id
        --- */
        SELECT id AS order_id, customer_id, amount, day
        FROM {{ bronze }}.shop_orders_current WHERE dwh_batch_id = {{ batch_id }}
        """,
        "gold/revenue.sql": """
        /* ---
        tests: [{row_count: {min: 1}}]
        --- */
        SELECT c.customer_key, c.name, sum(f.amount) AS amount, count(f.order_id) AS orders
        FROM {{ gold }}.dim_customers AS c LEFT JOIN {{ gold }}.fact_orders AS f USING (customer_id)
        GROUP BY c.customer_key, c.name
        """,
        "gold/names.sql": """
        /* ---
        materialized: view
        --- */
        SELECT name FROM {{ gold }}.dim_customers
        """,
        "gold/best_customers.sql": """
        /* ---
        materialized: materialized_view
        --- */
        SELECT name, amount FROM {{ gold }}.revenue WHERE amount > 15
        """,
    ]

    public static let customers = "id,name,city\n1,Ann ,Bogor\n2,Ben,Solo\n3,\"Citra, C.\",\n"
    public static let orders =
        "id,customer_id,amount,day\n10,1,10.50,2026-01-01\n11,1,20.00,2026-01-02\n12,2,5.25,2026-01-03\n"
    public static let prices = "sku,price\nA,1.00\nB,2.00\n"

    // The second delivery: Ben moves, Citra goes, Dewi comes; one order is corrected; one price changes.
    public static let nextCustomers = "id,name,city\n1,Ann,Bogor\n2,Ben,Malang\n4,Dewi,Solo\n"
    public static let nextOrders = "id,customer_id,amount,day\n12,2,6.25,2026-01-03\n13,4,30.00,2026-01-04\n"
    public static let nextPrices = "sku,price\nB,2.50\nC,3.00\n"
}

extension TestWorkspace {
    /// Puts settings beside those of `Shop.configuration`.
    public func set(_ settings: String) throws {
        try edit("pulih.yml", "parallel_steps: 2}", "parallel_steps: 2, \(settings)}")
    }

    public func dropFirst() throws {
        try drop("customers.csv", Shop.customers)
        try drop("orders.csv", Shop.orders)
        try drop("prices.csv", Shop.prices)
    }

    public func dropNext() throws {
        try drop("customers.csv", Shop.nextCustomers)
        try drop("orders.csv", Shop.nextOrders)
        try drop("prices.csv", Shop.nextPrices)
    }

    /// Rows of gold that tell at a glance whether a batch is in.
    public func revenue() async throws -> [String] {
        try await rows("SELECT customer_key, name, amount, orders FROM gold_client1.revenue ORDER BY 1")
    }

    public func fingerprint() async throws -> [String: String] {
        try await fingerprint(.bronze, .silver, .gold)
    }
}
