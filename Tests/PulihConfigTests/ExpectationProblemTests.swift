import PulihConfig
import PulihModel
import Testing

@Suite struct ExpectationProblemTests {
    static let entries = [
        Case(
            "expected: never",
            "'expected' must be a time of day, daily, none or a mapping, not 'never' (such as {by: \"06:00\", days: [mon, tue]})"
        ),
        Case(
            "expected: {by: 25:00}",
            "'by' must be a time of day from 00:00 to 24:00, not '25:00' (in quotes, as \"06:00\")"),
        Case(
            "expected: {on: \"06:00\"}",
            "unknown key 'on' (keys of expected of crm.cust_info are by, from, days, together)"),
        Case(
            "expected: {days: [monday]}",
            "unknown day 'monday' (days are mon, tue, wed, thu, fri, sat or sun, or daily for all)"),
        Case(
            "expected: {together: Month}",
            "'Month' cannot be the name of a group (names are lower-case letters, digits and _, and begin with a letter)"
        ),
        Case(
            "control: {records: count}",
            "control of crm.cust_info needs either 'file' or 'trailer' ({file: \"{stem}.ctl\", records: count} or {trailer: {when: {field: 1, equals: T}, records: 2}})"
        ),
        Case(
            "control: {file: totals.ctl, records: count}",
            "'totals.ctl' does not lead from a file to its own side file ({stem} stands for its name without the ending, {name} for all of it: \"{stem}.ctl\")"
        ),
        Case("control: {file: '{stem}.ctl'}", "control compares nothing (name 'records', 'sums' or both)"),
        Case(
            "control: {file: '{stem}.ctl', sums: {ide: total}}",
            "unknown column 'ide' in sums (did you mean 'id'?)"),
        Case(
            "control: {file: '{stem}.ctl', sums: {name: total}}",
            "a sum of 'name' is not exact: its type is text (declare it as a decimal or an integer)"),
        Case(
            "control: {trailer: {when: {field: 1, equals: T}, records: two}}",
            "'two' is no number of a field (fields count from 1)"),
        Case("control: {trailer: {records: 2}}", "trailer has no 'when' ({field: 1, equals: T})"),
    ]

    @Test(arguments: entries) func entryProblem(_ example: Case) throws {
        let problems = try Workspace(yaml: Workspace.yaml(file: example.text)).problems()
        #expect(problems == ["pulih.yml:11: \(example.problem)"])
    }

    @Test func anUnknownTimeZoneIsAProblem() throws {
        let yaml = Workspace.yaml().replacing("    id: 1\n", with: "    id: 1\n    time_zone: Asia/Jakrta\n")
        #expect(
            try Workspace(yaml: yaml).problems() == [
                "pulih.yml:5: there is no time zone 'Asia/Jakrta' (names are those of the IANA database, such as Asia/Jakarta, Europe/Berlin or UTC)"
            ])
        let other = "pulih: 1\nsettings: {time_zone: Mars/Base}\n"
        #expect(
            try Workspace(yaml: Workspace.yaml().replacing("pulih: 1\n", with: other)).problems().count == 1)
    }

    @Test func aClientMayExpectOtherwise() throws {
        let yaml = Workspace.yaml(file: "expected: {by: \"06:00\", days: [mon], together: day}").replacing(
            "    id: 1\n", with: "    id: 1\n    expected: {crm.cust_info: none}\n  client2: {id: 2}\n")
        let configuration = try Workspace(yaml: yaml).load()
        let file = try #require(configuration.files(of: configuration.clients[0]).first)
        #expect(configuration.expectation(of: file, from: configuration.clients[0]) == nil)
        #expect(
            configuration.expectation(of: file, from: configuration.clients[1])
                == PulihModel.Expectation(by: 360, days: [.monday], together: "day"))
        let wrong = yaml.replacing("crm.cust_info: none", with: "crm.cust: none")
        #expect(
            try Workspace(yaml: wrong).problems() == [
                "pulih.yml:5: unknown file 'crm.cust' in expected (did you mean 'crm.cust_info'?)"
            ])
    }

    @Test func retentionIsDays() throws {
        let load = { (text: String) throws in
            try Workspace(
                yaml: Workspace.yaml().replacing(
                    "pulih: 1\n", with: "pulih: 1\nsettings: {retention: \(text)}\n"))
        }
        #expect(try load("30d").load().settings.retention == Retention(30))
        var own = Retention()
        own.raw = nil
        own.logs = 400
        #expect(try load("{raw: forever, logs: 400d}").load().settings.retention == own)
        #expect(
            try load("{raw: 3 weeks}").problems() == [
                "pulih.yml:2: 'raw' must be a number of days or forever, not '3 weeks' (such as 90d)"
            ])
    }
}
