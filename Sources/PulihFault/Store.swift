internal import PulihTesting

/// A small workspace with everything in it: a file of each delivery and of several formats, quarantine, a model of each kind, procedures.
enum Store {
    static func configuration(withProcedures: Bool) -> String {
        OtherFormats.configuration(files(withProcedures: withProcedures))
    }

    private static func files(withProcedures: Bool) -> String {
        """
        pulih: 1
        settings: {settle_seconds: 0, threads: 1, parallel_steps: 1}
        clients:
          client1: {id: 1}
        \(withProcedures ? procedureList : "")sources:
          store:
            files:
              customers:
                pattern: "customers*.csv"
                delivery: full
                columns: {id: integer, name: text, city: text}
                rules:
                  - unique: id
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
    }

    private static let procedureList = """
        procedures:
          integrate:
            - load_cities: {type: dimension}
          refresh:
            - refresh_totals: {publish: step, writes: [gold.totals]}

        """

    static let models = [
        "silver/customers.sql": """
        /* ---
        tests: [{not_null: id}, {unique: id}]
        --- */
        SELECT id, trim(name) AS name, city FROM {{ bronze }}.store_customers_current
        """,
        "silver/prices.sql": "SELECT sku, price FROM {{ bronze }}.store_prices_current",
        "gold/dim_customers.sql": """
        SELECT row_number() OVER (ORDER BY id) AS customer_key, id AS customer_id, name, city
        FROM {{ silver }}.customers
        """,
        "gold/customer_history.sql": """
        /* ---
        materialized: history
        unique_key: id
        --- */
        SELECT id, name, city FROM {{ silver }}.customers
        """,
        "gold/fact_orders.sql": """
        /* ---
        materialized: incremental
        unique_key: order_id
        --- */
        SELECT id AS order_id, customer_id, amount, day
        FROM {{ bronze }}.store_orders_current WHERE dwh_batch_id = {{ batch_id }}
        """,
        "gold/revenue.sql": revenue,
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

    static let revenue = """
        SELECT c.customer_key, c.name, sum(f.amount) AS amount, count(f.order_id) AS orders
        FROM {{ gold }}.dim_customers AS c LEFT JOIN {{ gold }}.fact_orders AS f USING (customer_id)
        GROUP BY c.customer_key, c.name
        """

    /// Fails when it is built.
    static let brokenRevenue = revenue.replacing("sum(f.amount)", with: "CAST('none' AS integer)")

    /// Two procedures that write by difference, one of which commits by itself.
    static let procedures = [
        "procedures/load_cities.sql": procedure(
            "load_cities", "cities",
            "SELECT DISTINCT city FROM silver_client1.customers WHERE city IS NOT NULL"),
        "procedures/refresh_totals.sql": procedure(
            "refresh_totals", "totals", "SELECT sum(amount) AS amount FROM gold_client1.fact_orders",
            "COMMIT;"),
    ]

    private static func procedure(_ name: String, _ table: String, _ select: String, _ last: String = "")
        -> String
    {
        """
        CREATE OR REPLACE PROCEDURE tools.\(name)(
            client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
        LANGUAGE plpgsql AS $p$
        BEGIN
            CREATE TABLE IF NOT EXISTS gold_client1.\(table) AS \(select);
            DELETE FROM gold_client1.\(table);
            INSERT INTO gold_client1.\(table) \(select);
            \(last)
            is_success := true;
        END
        $p$;
        """
    }

    /// What comes one after the other. The first has a record that no column takes.
    enum Delivery: Int, Sendable {
        case first, second, third, last

        var files: [OtherFormats.File] {
            texts.map { (name: $0.key, bytes: Array($0.value.utf8)) } + [OtherFormats.prices(prices)]
                + OtherFormats.events(events)
        }

        private var prices: String {
            switch self {
            case .first: "sku,price\nA,1.00\nB,2.00\n"
            case .second: "sku,price\nB,2.50\nC,3.00\n"
            case .third: "sku,price\nA,1.10\n"
            case .last: "sku,price\nB,2.75\nD,4.00\n"
            }
        }

        private var events: ClosedRange<Int> {
            switch self {
            case .first: 1...3
            case .second: 4...8
            case .third: 9...9
            case .last: 10...12
            }
        }

        private var texts: [String: String] {
            switch self {
            case .first:
                [
                    "customers.csv": "id,name,city\n1,Ann ,Bogor\n2,Ben,Solo\n3,\"Citra, C.\",\n",
                    "orders.csv": """
                    id,customer_id,amount,day
                    10,1,10.50,2026-01-01
                    11,1,20.00,2026-01-02
                    12,2,5.25,2026-01-03
                    x9,3,7.00,2026-01-03

                    """,
                ]
            case .second:
                // Ben moves, Citra goes, Dewi comes; one order is corrected; one price changes.
                [
                    "customers.csv": "id,name,city\n1,Ann,Bogor\n2,Ben,Malang\n4,Dewi,Solo\n",
                    "orders.csv":
                        "id,customer_id,amount,day\n12,2,6.25,2026-01-03\n13,4,30.00,2026-01-04\n14,,1.00,2026-01-04\n",
                ]
            case .third:
                // Citra is back, Ben goes; an order of the first delivery is corrected.
                [
                    "customers.csv": "id,name,city\n1,Ann,Medan\n3,\"Citra, C.\",Bogor\n4,Dewi,Solo\n",
                    "orders.csv": "id,customer_id,amount,day\n10,1,11.50,2026-01-01\n15,3,2.00,2026-01-05\n",
                ]
            case .last:
                // Something of everything that came before changes once more.
                [
                    "customers.csv": "id,name,city\n1,Ann,Bogor\n2,Benny,Solo\n5,Eka,Depok\n",
                    "orders.csv":
                        "id,customer_id,amount,day\n11,1,21.00,2026-01-02\n13,5,31.00,2026-01-04\n16,5,40.00,2026-01-06\n",
                ]
            }
        }
    }

    /// Comes in place of the second delivery's customers, and is refused.
    static let refusedCustomers = "id,name\n1,Ann\n2,Ben\n"
    /// Replace the first delivery's.
    static let correctedEvents = OtherFormats.events(1...2, named: "corrected")
    static let correctedCustomers = "id,name,city\n1,Anne,Bogor\n2,Ben,Solo\n3,\"Citra, C.\",Depok\n"
}
