import PulihModel
import PulihTesting
import Testing

/// Bodies of web services on the whole way: claim, quarantine, release, trace.
@Suite(.everyPlace) struct JSONDeliveryTests {
    private func workspace() async throws -> TestWorkspace {
        let workspace = try await TestWorkspace(
            """
            pulih: 1
            settings: {settle_seconds: 0, threads: 2, parallel_steps: 2}
            clients: {client1: {id: 1}}
            sources:
              shop:
                files:
                  orders:
                    pattern: "orders*.json"
                    type: json
                    delivery: delta
                    json:
                      records: "data[*]"
                      where: {path: type, equals: order}
                      error_when: {path: status, equals: ERROR}
                    columns: {type: text, id: integer, "customer.city": text, $.day: date}
                  events:
                    pattern: "events*.ndjson"
                    type: ndjson
                    delivery: delta
                    limits: {records: 2, percent: none}
                    columns: {id: integer, what: {type: text, required: false}}

            """)
        try await workspace.must("apply", "--yes")
        return workspace
    }

    @Test func aDocumentIsLoadedAndTracedToItsPlace() async throws {
        let shop = try await workspace()
        try shop.drop(
            "orders.json",
            #"{"status": "OK", "data": [{"type": "order", "id": 1, "customer": {"city": "Bogor"}}, {"type": "refund", "of": 1}, {"type": "order", "id": 2}], "day": "2026-03-05"}"#
        )
        try await shop.must("start", "client1")
        let sql =
            "SELECT id, customer_city, day, dwh_source_row, dwh_source_place FROM bronze_client1.shop_orders ORDER BY id"
        #expect(
            try await shop.rows(sql) == [
                "1,Bogor,2026-03-05,1,$.data[0]", "2,,2026-03-05,3,$.data[2]",
            ])
        let shown = try await shop.must("show", "BATCH000001").stdout
        #expect(shown.contains("type is not order"))
        let traced = try await shop.must("trace", "client1", "bronze.shop_orders", "id = 2").stdout
        #expect(traced.contains("$.data[2]"))
    }

    @Test func anErrorAsABodyAndABrokenDocumentAreRefused() async throws {
        let shop = try await workspace()
        try shop.drop("orders_1.json", #"{"status": "ERROR", "message": "the key is wrong", "data": null}"#)
        try shop.drop("orders_2.json", "{\"status\": \"OK\", \"data\": [\n{\"type\": \"order\",}]}")
        let output = try await shop.must("start", "client1", exit: 4)
        #expect(output.everything.contains("$.status is ERROR: the key is wrong"))
        #expect(
            output.everything.contains("orders_2.json, line 2, column 18 (byte 44): the name of a member"))
        #expect(try shop.names(in: "raw/client1/shop/failed") == ["orders_1.json", "orders_2.json"])
    }

    @Test func aBrokenLineIsReleasedAsJSON() async throws {
        let shop = try await workspace()
        try shop.drop(
            "events.ndjson", "{\"id\": 1, \"what\": \"in\"}\n{\"id\": 2, \"what\": \"ou\n{\"id\": 3}\n")
        try await shop.must("start", "client1")
        let listed = try await shop.must("quarantine", "client1").stdout
        #expect(
            listed.contains("record 2, line 2: column 22: the text ends inside a quoted text [structure]"))
        #expect(listed.contains("  {\"id\": 2, \"what\": \"ou\n"))
        let json = try await shop.json("quarantine", "client1")
        #expect(json["records"]?.array?.first?["place"]?.string == "line 2")
        try shop.write(
            "corrected.csv",
            "file,record,raw_text\nevents_BATCH000001.ndjson,2,\"{\"\"id\"\": 2, \"\"what\"\": \"\"out\"\"}\"\n"
        )
        try await shop.must("quarantine", "release", "client1", "BATCH000001", "corrected.csv")
        let sql =
            "SELECT id, what, dwh_source_row, dwh_source_place FROM bronze_client1.shop_events ORDER BY id"
        #expect(
            try await shop.rows(sql) == ["1,in,1,line 1", "2,out,2,line 2", "3,,3,line 3"])
    }
}
