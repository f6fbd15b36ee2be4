public import PulihModel

/// The small shop, with stored procedures in place of models.
public enum ProcedureShop {
    public static let configuration = """
        pulih: 1
        settings: {settle_seconds: 0, threads: 2, parallel_steps: 2}
        clients:
          client1: {id: 1}
        procedures:
          transform:
            - load_customers_v1
          integrate:
            - load_dim_customers_v1: {type: dimension, needs: [load_customers_v1]}
            - load_dim_cities_v1: {type: dimension, needs: [load_customers_v1]}
            - load_fact_orders_v1: {type: fact, needs: [load_dim_customers_v1, load_dim_cities_v1]}
          refresh:
            - refresh_revenue: {publish: step, needs: [load_fact_orders_v1], writes: [gold.revenue], timeout: 1min}
            - refresh_best: {publish: step, needs: [refresh_revenue], writes: [gold.best]}
            - refresh_names: {publish: step, writes: [gold.names]}
        sources:
          shop:
            files:
              customers:
                pattern: "customers*.csv"
                delivery: full
                columns: {id: integer, name: text, city: text}
              orders:
                pattern: "orders*.csv"
                delivery: delta
                columns: {id: integer, customer_id: integer, amount: "decimal(12,2)", day: date}

        """

    /// Scripts by path below `sql/`: each procedure writes one table by replacing what differs, and a line of its log.
    public static let scripts: [String: String] = [
        "procedures/_tables.sql": """
        CREATE TABLE IF NOT EXISTS tools.procedure_notes (batch_id text, proc_name text);
        CREATE OR REPLACE PROCEDURE tools.rewrite(target text, source text) LANGUAGE plpgsql AS $p$
        BEGIN
            IF to_regclass(target) IS NULL THEN
                EXECUTE format('CREATE TABLE %s AS %s', target, source);
            ELSE
                EXECUTE format('DELETE FROM %s', target);
                EXECUTE format('INSERT INTO %s %s', target, source);
            END IF;
        END
        $p$;
        """,
        "procedures/load_customers_v1.sql": procedure(
            "load_customers_v1", "silver", "customers",
            "SELECT id, trim(name) AS name, city FROM bronze_client1.shop_customers_current"),
        "procedures/load_dim_customers_v1.sql": procedure(
            "load_dim_customers_v1", "gold", "dim_customers",
            "SELECT row_number() OVER (ORDER BY id) AS customer_key, id AS customer_id, name FROM silver_client1.customers"
        ),
        "procedures/load_dim_cities_v1.sql": procedure(
            "load_dim_cities_v1", "gold", "dim_cities", "SELECT DISTINCT city FROM silver_client1.customers"),
        "procedures/load_fact_orders_v1.sql": procedure(
            "load_fact_orders_v1", "gold", "fact_orders",
            "SELECT o.id AS order_id, c.customer_key, o.amount FROM bronze_client1.shop_orders_current AS o"
                + " LEFT JOIN gold_client1.dim_customers AS c USING (customer_id)"),
        "procedures/refresh_revenue.sql": procedure(
            "refresh_revenue", "gold", "revenue",
            "SELECT customer_key, sum(amount) AS amount FROM gold_client1.fact_orders GROUP BY customer_key",
            "COMMIT;"),
        "procedures/refresh_best.sql": procedure(
            "refresh_best", "gold", "best", "SELECT max(amount) AS amount FROM gold_client1.revenue"),
        "procedures/refresh_names.sql": procedure(
            "refresh_names", "gold", "names", "SELECT name FROM gold_client1.dim_customers"),
    ]

    private static func procedure(
        _ name: String, _ layer: String, _ table: String, _ select: String, _ after: String = ""
    ) -> String {
        """
        -- \(table)
        CREATE OR REPLACE PROCEDURE tools.\(name)(
            client_schema text, batch_id text, OUT is_success boolean, OUT error_message text)
        LANGUAGE plpgsql AS $p$
        BEGIN
            INSERT INTO tools.procedure_notes VALUES (batch_id, '\(name)');
            CALL tools.rewrite('\(layer)_' || client_schema || '.\(table)', '\(select)');
            \(after)
            RAISE NOTICE 'wrote \(table)';
            is_success := true;
        END
        $p$;
        """
    }

    public static func make(configuration: String = ProcedureShop.configuration) async throws -> TestWorkspace
    {
        let shop = try await TestWorkspace(configuration, models: scripts)
        try await shop.must("apply", "--yes")
        try shop.drop("customers.csv", Shop.customers)
        try shop.drop("orders.csv", Shop.orders)
        return shop
    }

    /// A workspace of its own in which BATCH000001 is published.
    public static func loaded() async throws -> TestWorkspace {
        try await bases[Place.current]!.value.copy()
    }

    private static let bases = Shop.everywhere {
        let shop = try await make()
        try await shop.must("start", "client1")
        return shop
    }
}

extension TestWorkspace {
    /// Puts statements at the beginning of a procedure, and deploys it.
    public func spoil(_ name: String, _ statements: String) async throws {
        let path = "sql/procedures/\(name).sql"
        try write(path, try read(path).replacing("BEGIN\n", with: "BEGIN\n    \(statements)\n"))
        try await must("apply", "--yes")
    }

    /// Makes a procedure what it was, and deploys it.
    public func mend(_ name: String) async throws {
        try write("sql/procedures/\(name).sql", ProcedureShop.scripts["procedures/\(name).sql"]!)
        try await must("apply", "--yes")
    }

    /// Runs SQL in its database, as the administrator.
    @discardableResult
    public func sql(_ text: String) async throws -> String {
        let name = String(database?.split(separator: "/").last ?? "")
        return try await PostgresServer.shared.get().sql(text, database: name)
    }

    /// Steps of the newest attempt at a batch as `SUCCESS`, or `SKIPPED: reason`, by procedure.
    public func procedures(_ batch: String = "1") async throws -> [String: String] {
        let steps = try await json("show", batch)["steps"]?.array ?? []
        return Dictionary(
            steps.compactMap { step in
                guard let thing = step["thing"]?.string, thing.hasPrefix("tools."),
                    let status = step["status"]?.string, let reason = step["reason"]?.string
                else { return nil }
                let word = reason.hasPrefix("kept") ? "KEPT" : status
                return (String(thing.dropFirst(6)), status == "SKIPPED" ? "SKIPPED: \(reason)" : word)
            }, uniquingKeysWith: { $1 })
    }

    public func step(_ thing: String, _ batch: String = "1") async throws -> JSONValue? {
        try await json("show", batch)["steps"]?.array?.last { $0["thing"]?.string == thing }
    }

    public func notes(_ batch: String) async throws -> [String] {
        try await sql(
            "SELECT proc_name FROM tools.procedure_notes WHERE batch_id = '\(batch)' ORDER BY proc_name"
        ).split(separator: "\n").map(String.init)
    }
}
