/// A request as it came.
public struct LoopbackRequest: Sendable {
    public var method: String
    /// Path and query, byte for byte.
    public var target: String
    public var headers: [(String, String)]
    public var body: [UInt8]
    /// The number of the connection it came over, from 1 on: equal numbers mean a kept connection.
    public var connection: Int

    public init(
        method: String = "GET", target: String, headers: [(String, String)] = [], body: [UInt8] = [],
        connection: Int = 0
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.connection = connection
    }

    /// The target without its query.
    public var path: String { String(target.prefix { $0 != "?" }) }

    /// The value of the first field of this name, in any case.
    public func header(_ name: String) -> String? {
        headers.first { $0.0.lowercased() == name.lowercased() }?.1
    }
}

/// What a server says, well or badly: every way in which a real one goes wrong can be scripted.
public struct LoopbackResponse: Sendable {
    /// How the length of the body is told.
    public enum Framing: Sendable { case contentLength, chunked, untilClose }

    /// What follows the last byte.
    public enum Ending: Sendable {
        /// The connection waits for the next request.
        case keep
        case close
        /// The connection is broken with a reset.
        case reset
        /// Nothing more is said until the client hangs up.
        case stall
    }

    public var status: Int
    public var headers: [(String, String)]
    public var body: [UInt8]
    public var framing = Framing.contentLength
    public var ending = Ending.keep
    /// Sent byte for byte instead of a response made from the rest; the ending still applies.
    public var raw: [UInt8]?
    /// The body ends after so many bytes, though its framing promises more; then the ending applies.
    public var cutAfter: Int?
    /// The body is sent in pieces of so many bytes, with a pause after each.
    public var drip: (bytes: Int, pause: Duration)?
    /// The body is said again and again until the client hangs up. Only with `.chunked` and `.untilClose`.
    public var isEndless = false

    public init(status: Int = 200, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public init(status: Int = 200, headers: [(String, String)] = [], text: String) {
        self.init(status: status, headers: headers, body: Array(text.utf8))
    }

    /// Bytes that may be no HTTP at all, after which the connection is closed.
    public static func raw(_ text: String) -> LoopbackResponse { .raw(Array(text.utf8)) }

    public static func raw(_ bytes: [UInt8]) -> LoopbackResponse {
        var response = LoopbackResponse()
        response.raw = bytes
        response.ending = .close
        return response
    }

    public static func redirect(_ status: Int = 302, to location: String) -> LoopbackResponse {
        LoopbackResponse(status: status, headers: [("Location", location)])
    }

    /// Says nothing at all until the client hangs up.
    public static var silence: LoopbackResponse {
        var response = LoopbackResponse.raw([])
        response.ending = .stall
        return response
    }
}
