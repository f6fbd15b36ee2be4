/// What a shop's batches carry beside CSV: its prices as a workbook, and events, a line each, with a side file that says
/// how many they are.
public enum OtherFormats {
    /// - Parameter shop: a `pulih.yml` that ends with the files of its only source and has prices as CSV.
    public static func configuration(_ shop: String) -> String {
        shop.replacing(
            "pattern: \"prices*.csv\"\n", with: "pattern: \"prices*.xlsx\"\n        type: xlsx\n")
                + """
                      events:
                        pattern: "events*.ndjson"
                        type: ndjson
                        delivery: delta
                        control: {file: "{stem}.ctl", records: count, sums: {id: total}}
                        columns: {id: integer, "who.name": {type: text, required: false}, what: text}

                """
    }

    /// A file and what is in it.
    public typealias File = (name: String, bytes: [UInt8])

    /// - Parameter csv: prices with a header.
    public static func prices(_ csv: String) -> File {
        let lines = csv.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        let rows = lines.enumerated().map { $0 == 0 ? $1 : [$1[0], "=" + $1[1]] }
        return ("prices.xlsx", WorkbookFile([.init("Prices", WorkbookFile.rows(rows))]).bytes)
    }

    /// Events of these numbers, and the side file.
    public static func events(_ numbers: ClosedRange<Int>, named stem: String = "events") -> [File] {
        let lines = numbers.map { number in
            let who = number.isMultiple(of: 2) ? "\"who\": {\"name\": \"Ann \(number)\"}, " : ""
            return "{\"id\": \(number), \(who)\"what\": \"came, \\\"saw\\\"\\n\(number)\"}\n"
        }
        let totals = "count=\(numbers.count)\ntotal=\(numbers.reduce(0, +))\n"
        return [("\(stem).ndjson", Array(lines.joined().utf8)), ("\(stem).ctl", Array(totals.utf8))]
    }
}
