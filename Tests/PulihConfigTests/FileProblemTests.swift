import PulihConfig
import PulihModel
import Testing

@Suite struct FileProblemTests {
    static let entries = [
        Case(
            "delivery:",
            "the delivery of crm.cust_info is not declared (full: a delivery replaces all before it; delta: it adds to "
                + "them; {upsert: [key]}: it adds, and the newest row of a key is in force)"),
        Case("delivery: upsert", "upsert needs its key (write delivery: {upsert: [column, …]})"),
        Case("delivery: ful", "unknown delivery 'ful' (did you mean 'full'?)"),
        Case(
            "delivery: [full]",
            "unknown delivery a list (full: a delivery replaces all before it; delta: it adds to them; "
                + "{upsert: [key]}: it adds, and the newest row of a key is in force)"),
        Case("delivery: {upsert: [idd]}", "unknown column 'idd' in upsert (did you mean 'id'?)"),
        Case("delivery: {upsert: []}", "'upsert' is an empty list"),
        Case("per_batch: two", "'per_batch' must be one or all, not 'two'"),
        Case(
            "target: Crm",
            "'Crm' cannot be the name of a bronze table "
                + "(names are lower-case letters, digits and _, and begin with a letter)"),
        Case("type: xml", "'type' must be csv, xlsx, xls, json, ndjson or parquet, not 'xml'"),
        Case(
            "drift: ignore",
            "'drift' must be fail, ignore_extra or evolve, not 'ignore' (did you mean 'ignore_extra'?)"),
        Case("duplicates: [skip]", "'duplicates' must be skip, warn or refuse, not a list"),
        Case("empty: maybe", "'empty' must be refuse or accept, not 'maybe'"),
        Case("limits: {percent: 101}", "'percent' must be a number from 0 to 100, not '101'"),
        Case("limits: {records: -1}", "'records' must be a whole number of 0 or more, not '-1'"),
        Case("limits: {recrods: 1}", "unknown key 'recrods' (did you mean 'records'?)"),
        Case("csv: {delimiter: ''}", "'delimiter' must be one to four bytes, not ''"),
        Case("csv: {delimiter: '\\t'}", #"'\t' is no tab (write "\t" in double quotes)"#),
        Case("csv: {delimiter: \"\\n\"}", "a line end cannot be the delimiter"),
        Case("csv: {delimiter: '\"'}", "the delimiter '\"' holds the quote '\"'"),
        Case("csv: {quote: ','}", "the delimiter ',' holds the quote ','"),
        Case("csv: {delimiter: '\\', escape: '\\'}", "the delimiter '\\' holds the escape '\\'"),
        Case(
            "csv: {quote: '<<'}",
            "'quote' must be one printable ASCII character, not '<<' (none: nothing is quoted)"),
        Case("csv: {quote: none, escape: '\\'}", "'escape' has no effect where nothing is quoted"),
        Case("csv: {header: yes}", "'header' must be true or false, not 'yes'"),
        Case(
            "csv: {encoding: utf8}",
            "'encoding' must be utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252, not 'utf8' "
                + "(did you mean 'utf-8'?)"),
        Case("csv: {skip_lines: -1}", "'skip_lines' must be a whole number from 0 to 1000000, not '-1'"),
        Case("csv: {nulls: }", "'nulls' must be a text or a list of texts, not empty"),
        Case(
            "xlsx: {sheet: 1}",
            "'xlsx' is for files of type xlsx, and this is csv (write type: xlsx, or leave it out)"),
        Case("type: xlsx\nxlsx: {shet: A}", "unknown key 'shet' (did you mean 'sheet'?)"),
        Case("type: xlsx\nxlsx: {sheet: 0}", "'sheet' must be a whole number from 1 to 10000, not '0'"),
        Case(
            "type: xlsx\nxlsx: {range: F3:B9}",
            "'F3:B9' is no range of cells (write B3:F100, B:F, or B3 for all from there on)"),
        Case(
            "type: xls\nxls: {header: false, header_row: 2}",
            "'header_row' has no effect where there is no header"),
        Case(
            "type: xlsx\nxlsx: {range: A1:B5, header_row: 5}",
            "the header of row 5 stands behind the range A1:B5"),
        Case("skip: [{column: id, matches: x}]", "skip has no 'reason'"),
        Case("skip: [{reason: r, matches: x}]", "skip has no 'column'"),
        Case(
            "skip: [{reason: r, column: nam, matches: x}]",
            "unknown column 'nam' in skip (did you mean 'name'?)"),
        Case(
            "skip: [{reason: r, column: id, matches: '(a'}]",
            "the expression '(a' has a '(' that is not closed"),
        Case("skip: {reason: r}", "'skip' must be a list, not a mapping"),
    ]

    @Test(arguments: entries) func entryProblem(_ example: Case) throws {
        let problems = try Workspace(yaml: Workspace.yaml(file: example.text)).problems()
        let line = (example.text.hasPrefix("delivery") ? 10 : 11) + example.text.count { $0 == "\n" }
        #expect(problems == ["pulih.yml:\(line): \(example.problem)"])
    }

    static let patterns = [
        Case("", "file crm.cust_info has no 'pattern' (such as \"cust_info*.csv\")"),
        Case("pattern: in/x.csv", "'in/x.csv' is no pattern of a file name (such as \"cust_info*.csv\")"),
        Case("pattern: 'x[0-9.csv'", "the '[' in the pattern 'x[0-9.csv' is not closed"),
    ]

    @Test(arguments: patterns) func patternProblem(_ example: Case) throws {
        let yaml = Workspace.yaml().replacing("pattern: \"cust_info*.csv\"", with: example.text)
        let line = example.text.isEmpty ? 8 : 9
        #expect(try Workspace(yaml: yaml).problems() == ["pulih.yml:\(line): \(example.problem)"])
    }

    static let columns = [
        Case("a: {}", "column a has no 'type' (types are \(ColumnType.names.joined(separator: ", ")))"),
        Case("a: varchar(20)", "unknown type 'varchar(20)' of column a (did you mean 'text'?)"),
        Case("a: timestmp", "unknown type 'timestmp' of column a (did you mean 'timestamp'?)"),
        Case(
            "a: blob",
            "unknown type 'blob' of column a (types are \(ColumnType.names.joined(separator: ", ")))"),
        Case(
            "a: decimal(40,2)",
            "'decimal(40,2)' of column a is no decimal "
                + "(write decimal(precision,scale), precision 1 to 38, scale 0 to precision)"),
        Case("a: [text]", "the type of column a must be a text, not a list"),
        Case("a: {type: text, nmae: b}", "unknown key 'nmae' (did you mean 'name'?)"),
        Case(
            "dwh_batch_id: text",
            "column 'dwh_batch_id' has a name of Pulih's own columns "
                + "(names that begin with dwh_ are Pulih's; give it another 'name')"),
        Case("a: {type: text, name: ''}", "column 'a' has no name in bronze (give it a 'name')"),
        Case(
            "a: {type: text, format: '%d'}",
            "'format' is for date, time, timestamp and timestamptz, and column a is text"),
        Case(
            "a: {type: date, format: '%d/%K/%Y'}",
            "unknown %K in the format '%d/%K/%Y' (such as %d day, %m month, %b its name, %Y year, %H:%M:%S time)"
        ),
        Case(
            "a: {type: date, format: '%d/%-b'}",
            "unknown %-b in the format '%d/%-b' (such as %d day, %m month, %b its name, %Y year, %H:%M:%S time)"
        ),
        Case("a: {type: date, format: '%d/%'}", "the format '%d/%' ends in a single %"),
        Case(
            "a: {type: date, format: 'DD/MM 100%%'}",
            "the format 'DD/MM 100%%' has no part of a time "
                + "(such as %d day, %m month, %b its name, %Y year, %H:%M:%S time)"),
        Case(
            "a: {type: date, format: '%d/%m/%Y %%b', months: indonesian}",
            "'months' needs a 'format' with %b or %B"),
        Case(
            "a: {type: date, format: '%b', months: indonesia}",
            "'months' must be english or indonesian, not 'indonesia' (did you mean 'indonesian'?)"),
        Case(
            "a: {type: integer, decimal: ','}", "'decimal' is for decimal and double, and column a is integer"
        ),
        Case("a: {type: text, prefix: Rp}", "'prefix' is for numbers, and column a is text"),
        Case("a: {type: double, thousands: '.'}", "decimal mark and thousands mark of a are both '.'"),
        Case(
            "a: {type: double, decimal: '5'}",
            "'decimal' must be one character that is no digit or sign, not '5'"),
        Case(
            "a: {type: bigint, thousands: ', '}",
            "'thousands' must be one character that is no digit or sign, not ', '"),
        Case("a: {type: bigint, thousands: ''}", "'thousands' is empty"),
        Case("a: {type: date, trim: true}", "'trim' is for text; values of type date are always trimmed"),
        Case("a: {type: text, true: [Y]}", "'true' is for boolean, and column a is text"),
        Case("a: {type: boolean, true: [Y, 1], false: ['1']}", "'1' means both true and false"),
        Case("a: {type: text, required: 1}", "'required' must be true or false, not '1'"),
    ]

    @Test(arguments: columns) func columnProblem(_ example: Case) throws {
        let problems = try Workspace(yaml: Workspace.yaml(columns: example.text)).problems()
        #expect(problems == ["pulih.yml:12: \(example.problem)"])
    }

    @Test func columnsThatDifferInCaseAloneCollide() throws {
        let yaml = Workspace.yaml(columns: "Id: text\nkey: {type: text, name: ID}")
        #expect(
            try Workspace(yaml: yaml).problems() == [
                "pulih.yml:13: columns Id and key are both 'ID' in bronze "
                    + "(give one of them another 'name'; letters in lower and upper case are the same)"
            ])
    }

    @Test func aFileWithoutColumnsIsRefused() throws {
        #expect(
            try Workspace(yaml: Workspace.yaml(columns: "")).problems() == [
                "pulih.yml:11: file crm.cust_info has no columns ('pulih infer FILE' proposes them)"
            ])
    }

    @Test func thousandsMarkOfAnIntegerMayBeAPoint() throws {
        #expect(
            try Workspace(yaml: Workspace.yaml(columns: "a: {type: integer, thousands: '.'}")).problems()
                == [])
    }
}
