import PulihModel
import Testing

@testable import PulihObjects

/// The examples of Amazon's documentation, "Signature Calculations for the Authorization Header".
@Suite struct SignatureTests {
    private let signature = S3Signature(
        keyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1"
    )
    private let address = try! S3Address(
        S3Settings(
            bucket: "examplebucket", endpoint: "https://s3.amazonaws.com", isPathStyle: false, keyID: "",
            secret: ""))
    private let time = "20130524T000000Z"

    private func sign(
        _ method: String, _ key: String?, _ query: [(name: String, value: String)] = [],
        _ headers: [(name: String, value: String)] = [], hash: String = S3Request.emptyHash
    ) -> String {
        let all =
            headers + [("host", address.host), ("x-amz-content-sha256", hash), ("x-amz-date", time)]
        return signature.authorization(
            S3Signature.Subject(
                method: method, path: address.path(key), query: S3Signature.query(query), headers: all,
                contentHash: hash),
            at: time)
    }

    @Test func anObject() {
        #expect(
            sign("GET", "test.txt", [], [("range", "bytes=0-9")])
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func anUploadUnderAKeyToBeEncoded() {
        #expect(
            sign(
                "PUT", "test$file.text", [],
                [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                hash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
            ).hasSuffix("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))
    }

    @Test func aQueryWithoutAValue() {
        #expect(
            sign("GET", nil, [("lifecycle", "")])
                .hasSuffix("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))
    }

    @Test func aListing() {
        #expect(
            sign("GET", nil, [("prefix", "J"), ("max-keys", "2")])
                .hasSuffix("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))
    }

    @Test func everythingButTheUnreservedIsEncodedInCapitals() {
        #expect(
            PercentEncoding.encode("aZ09-._~ /+%&=?ü\u{0}") == "aZ09-._~%20%2F%2B%25%26%3D%3F%C3%BC%00")
        #expect(PercentEncoding.encode("a/b c", keepingSlashes: true) == "a/b%20c")
    }

    @Test func whatIsNoEncodingStays() {
        #expect(PercentEncoding.decode("a+b%2Bc%C3%BC%2f") == "a b+cü/")
        #expect(PercentEncoding.decode("100%") == "100%")
        #expect(PercentEncoding.decode("%zz%4") == "%zz%4")
    }
}

@Suite struct AddressTests {
    private func address(_ endpoint: String?, _ isPathStyle: Bool? = nil, bucket: String = "lake") throws
        -> S3Address
    {
        try S3Address(
            S3Settings(
                bucket: bucket, endpoint: endpoint, region: "eu-west-1", isPathStyle: isPathStyle, keyID: "",
                secret: ""))
    }

    @Test func theBucketStandsInTheHostOrInThePath() throws {
        let amazon = try address(nil)
        #expect(amazon.url(amazon.path("a b"), "") == "https://lake.s3.eu-west-1.amazonaws.com/a%20b")
        #expect(amazon.path(nil) == "/")
        let own = try address("http://minio:9000/")
        #expect(own.url(own.path("a/../b"), "x=1") == "http://minio:9000/lake/a/../b?x=1")
        #expect(own.path(nil) == "/lake")
        let below = try address("https://gate.example/s3/")
        #expect(below.url(below.path("k"), "") == "https://gate.example/s3/lake/k")
        let hosted = try address("https://store.example", false)
        #expect(hosted.url(hosted.path("k"), "") == "https://lake.store.example/k")
    }

    @Test(arguments: [
        ("https://minio.example:443", "minio.example"), ("http://Minio.example:80/", "minio.example"),
        ("http://minio.example:443", "minio.example:443"), ("http://[::1]:9000", "[::1]:9000"),
    ])
    func theHostIsWhatTheHeaderSays(_ endpoint: String, _ host: String) throws {
        #expect(try address(endpoint).host == host)
    }

    @Test(arguments: [
        "minio:9000", "ftp://minio", "https://", "https://key:secret@minio", "https://a b", "https://ü.de",
    ])
    func anEndpointThatIsNoneIsRefused(_ endpoint: String) throws {
        let error = #expect(throws: PulihError.self) { try address(endpoint) }
        #expect(error?.code == .configuration)
        #expect(error?.summary == "\"\(endpoint)\" is no endpoint of a store")
    }

    @Test(arguments: ["", "a/b", "a b", "lake\r\nX: y"])
    func aBucketThatIsNoneIsRefused(_ bucket: String) throws {
        #expect(throws: PulihError.self) { try address(nil, bucket: bucket) }
    }

    @Test func settingsNeverShowTheSecret() {
        let settings = S3Settings(bucket: "lake", prefix: "night", keyID: "KEYID", secret: "hush")
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(text.contains("lake"))
            #expect(!text.contains("hush"))
            #expect(!text.contains("KEYID"))
        }
    }
}
