internal import CCurl

/// One of libcurl's handles, with the connections that it keeps. Whoever took it out of the client's list uses it alone,
/// which is all that libcurl asks for.
@safe struct EasyHandle: @unchecked Sendable {
    private let curl: UnsafeMutableRawPointer

    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(HTTPFailure) {
        guard Self.isReady, let curl = unsafe curl_easy_init() else {
            throw HTTPFailure(CURLE_FAILED_INIT, message: "libcurl does not start")
        }
        unsafe self.curl = unsafe curl
    }

    func close() {
        unsafe curl_easy_cleanup(curl)
    }

    func perform(_ request: HTTPRequest, _ transfer: Transfer) throws -> HTTPHead {
        // Options go, connections stay.
        unsafe curl_easy_reset(curl)
        let lines = HeaderLines()
        for header in request.headers { try lines.append("\(header.name): \(header.value)") }
        // A small body is sent at once instead of asking first whether it is welcome.
        if request.body.map({ $0.count < 1 << 20 }) == true { try lines.append("Expect:") }
        try setUp(request)
        try unsafe data(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines.list))
        try connect(transfer)
        let code = withExtendedLifetime((lines, transfer)) { unsafe curl_easy_perform(curl) }
        // What the callbacks could not throw through libcurl.
        if let failure = transfer.failure { throw failure }
        guard code == CURLE_OK else { throw HTTPFailure(code, message: transfer.message) }
        return transfer.head
    }

    private func setUp(_ request: HTTPRequest) throws {
        try text(CURLOPT_URL, request.url)
        try text(CURLOPT_PROTOCOLS_STR, "http,https")
        try text(CURLOPT_USERAGENT, "pulih")
        // Keys may have dots between slashes.
        try number(CURLOPT_PATH_AS_IS, 1)
        // Signals of timeouts would hit any thread.
        try number(CURLOPT_NOSIGNAL, 1)
        try number(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try number(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try number(CURLOPT_CONNECTTIMEOUT, 10)
        try number(CURLOPT_LOW_SPEED_LIMIT, 1)
        try number(CURLOPT_LOW_SPEED_TIME, request.silenceLimit)
        try number(CURLOPT_BUFFERSIZE, 256 << 10)
        try number(CURLOPT_NOPROGRESS, 0)
        switch request.method {
        case "GET": try number(CURLOPT_HTTPGET, 1)
        case "HEAD": try number(CURLOPT_NOBODY, 1)
        default: try text(CURLOPT_CUSTOMREQUEST, request.method)
        }
        if let body = request.body {
            try number(CURLOPT_UPLOAD, 1)
            try check(unsafe pulih_curl_size(curl, CURLOPT_INFILESIZE_LARGE, curl_off_t(body.count)))
            try number(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
        }
    }

    /// The transfer has to live until the request has ended.
    private func connect(_ transfer: Transfer) throws {
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        for option in [
            CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_XFERINFODATA,
        ] {
            try unsafe data(option, context)
        }
        try unsafe data(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(transfer.errorBuffer))
        try check(
            unsafe pulih_curl_receiver(curl, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                return unsafe Transfer.of(context).receive(
                    UnsafeRawBufferPointer(start: bytes, count: size * count))
            })
        try check(
            unsafe pulih_curl_receiver(curl, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
                return unsafe Transfer.of(context).receiveHeader(
                    UnsafeRawBufferPointer(start: bytes, count: size * count))
            })
        try check(
            unsafe pulih_curl_sender(curl) { buffer, size, count, context in
                guard let buffer = unsafe buffer, let context = unsafe context else { return 0 }
                return unsafe Transfer.of(context).send(
                    UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
            })
        try check(
            unsafe pulih_curl_rewinder(curl) { context, offset, origin in
                guard let context = unsafe context else { return CURL_SEEKFUNC_FAIL }
                return unsafe Transfer.of(context).rewind(to: Int(offset), from: origin)
            })
        try check(
            unsafe pulih_curl_progress(curl) { context, _, _, _, _ in
                guard let context = unsafe context else { return 1 }
                return unsafe Transfer.of(context).isToEnd() ? 1 : 0
            })
    }

    private func number(_ option: CURLoption, _ value: Int) throws {
        try check(unsafe pulih_curl_number(curl, option, value))
    }

    /// libcurl copies the text.
    private func text(_ option: CURLoption, _ value: String) throws {
        try check(unsafe pulih_curl_text(curl, option, value))
    }

    @unsafe private func data(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) throws {
        try check(unsafe pulih_curl_data(curl, option, value))
    }

    private func check(_ code: CURLcode) throws {
        guard code == CURLE_OK else { throw HTTPFailure(code, message: "") }
    }
}

/// libcurl's list of header lines.
@safe private final class HeaderLines {
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    func append(_ line: String) throws {
        guard let longer = unsafe curl_slist_append(list, line) else {
            throw HTTPFailure(CURLE_OUT_OF_MEMORY, message: "")
        }
        unsafe list = unsafe longer
    }

    deinit {
        unsafe curl_slist_free_all(list)
    }
}
