internal import CYAML

/// One event of libyaml, as Swift values.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(String, plain: Bool)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    let kind: Kind
    let anchor: String?
    /// As libyaml resolves it: `!!str` is `tag:yaml.org,2002:str`. Nil if none is written.
    let tag: String?
    let line: Int
    let column: Int
}

/// Owns a libyaml parser and the text that it reads.
@safe struct EventParser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) {
        let utf8 = text.utf8
        unsafe input = .allocate(capacity: utf8.count)
        _ = unsafe input.initialize(fromContentsOf: utf8)
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        // Fails only for lack of memory, as any allocation of Swift's would, fatally.
        guard unsafe yaml_parser_initialize(parser) == 1 else { fatalError("out of memory") }
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The corresponding C function is `yaml_parser_parse`.
    mutating func next() throws(YAMLFailure) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe event.start_mark
        var anchor: String?
        var tag: String?
        let kind: YAMLEvent.Kind
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = unsafe .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let plain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            kind = unsafe .scalar(String(decoding: bytes, as: UTF8.self), plain: plain)
            anchor = unsafe text(scalar.anchor)
            tag = unsafe text(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            anchor = unsafe text(event.data.sequence_start.anchor)
            tag = unsafe text(event.data.sequence_start.tag)
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            anchor = unsafe text(event.data.mapping_start.anchor)
            tag = unsafe text(event.data.mapping_start.tag)
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: kind = .streamEnd
        }
        return YAMLEvent(
            kind: kind, anchor: anchor, tag: tag, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe bytes.map { unsafe String(cString: $0) }
    }

    private func failure() -> YAMLFailure {
        let state = unsafe parser.pointee
        let problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        if unsafe state.error == YAML_READER_ERROR {
            return unsafe readerFailure(problem, at: state.problem_offset)
        }
        let (line, column) = unsafe (Int(state.problem_mark.line) + 1, Int(state.problem_mark.column) + 1)
        var words = problem
        if let context = unsafe state.context {
            words += unsafe " \(String(cString: context))"
            let begin = unsafe Int(state.context_mark.line) + 1
            if begin != line { words += " that begins in line \(begin)" }
        }
        if unsafe byte(at: Int(state.problem_mark.index)) == UInt8(ascii: "\t") {
            words += "; this is a tab, indent with spaces"
        }
        return YAMLFailure(line: line, column: column, problem: words)
    }

    /// A character that YAML does not allow; libyaml gives its place in bytes only.
    private func readerFailure(_ problem: String, at offset: Int) -> YAMLFailure {
        let before = unsafe input.prefix(offset)
        let line = unsafe before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = unsafe before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = unsafe String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        return YAMLFailure(line: line, column: column, problem: problem)
    }

    /// libyaml counts characters, not bytes.
    private func byte(at index: Int) -> UInt8? {
        let scalars = unsafe String(decoding: input, as: UTF8.self).unicodeScalars
        guard let scalar = scalars.dropFirst(index).first, scalar.isASCII else { return nil }
        return UInt8(scalar.value)
    }
}
