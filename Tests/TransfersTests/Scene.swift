import FeedModel
import LoopbackServer
import TestSupport

@testable import Transfers

/// A scripted server and a fetcher that may ask it.
struct Scene {
    let server: FeedServer
    let fetcher: Fetcher

    init(tls: TLSIdentity? = nil, _ change: (inout FetchSettings) -> Void = { _ in }) throws {
        server = try FeedServer(tls: tls)
        var settings = FetchSettings.test
        change(&settings)
        fetcher = Fetcher(settings)
    }

    func fetch(_ path: String, _ change: (inout FetchRequest) -> Void = { _ in }) async throws(FetchError)
        -> FetchResult
    {
        var request = FetchRequest(url: server.url(path))
        change(&request)
        return try await fetcher.fetch(request)
    }

    /// What the fetch fails with; nil if it does not.
    func failure(of path: String, _ change: (inout FetchRequest) -> Void = { _ in }) async -> FetchError? {
        do { _ = try await fetch(path, change) } catch { return error }
        return nil
    }

    func end() async {
        await fetcher.stop()
        server.stop()
    }
}

extension FetchSettings {
    /// Loopback permitted.
    static var test: FetchSettings {
        var settings = FetchSettings(userAgent: "Durbeen/test (feed reader; +mailto:op@example.org)")
        settings.allowAddresses = ["127.0.0.0/8", "::1/128"].compactMap { AddressRange($0) }
        settings.hostConnections = 0
        return settings
    }
}

extension FetchResult {
    var document: Document? {
        if case .fresh(let document, _, _, _) = self { return document }
        return nil
    }

    var isNotModified: Bool {
        if case .notModified = self { return true }
        return false
    }

    var validators: Validators {
        switch self {
        case .fresh(_, let validators, _, _), .notModified(let validators, _, _): validators
        }
    }

    var freshness: FreshnessHint {
        switch self {
        case .fresh(_, _, let hint, _), .notModified(_, let hint, _): hint
        }
    }

    var trace: FetchTrace {
        switch self {
        case .fresh(_, _, _, let trace), .notModified(_, _, let trace): trace
        }
    }
}

/// `count` zeros as a compressed stream, made by hand: some 160 to 30,000 times smaller, and endless for all we read of it.
enum Bomb {
    /// A zlib stream of fixed Huffman codes: one zero, then "the last byte 258 times more", again and again (RFC 1951, 3.2.6).
    static func deflate(_ count: Int) -> [UInt8] { [0x78, 0x01] + raw(count) }

    static func gzip(_ count: Int) -> [UInt8] { [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + raw(count) }

    /// Blocks of one repeated byte, 128 KiB each (RFC 8878, 3.1.1.2).
    static func zstd(_ count: Int) -> [UInt8] {
        var out: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]
        for _ in 0..<(count >> 17) { out += [0x02, 0x00, 0x10, 0x00] }
        return out
    }

    private static func raw(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        // Huffman codes go in from their highest bit, other numbers from their lowest.
        func put(_ value: UInt32, _ length: UInt32, isCode: Bool) {
            for index in 0..<length {
                let bit = value >> (isCode ? length - 1 - index : index) & 1
                buffer |= bit << bits
                bits += 1
                if bits == 8 {
                    out.append(UInt8(buffer))
                    (buffer, bits) = (0, 0)
                }
            }
        }
        put(0, 1, isCode: false)
        put(1, 2, isCode: false)
        put(0x30, 8, isCode: true)
        for _ in 0..<24 {
            put(0xC5, 8, isCode: true)
            put(0, 5, isCode: true)
        }
        // Thirteen bits again and again come round every thirteen bytes.
        let period = Array(out.suffix(13))
        for _ in 0..<(count / 258 / 8) { out += period }
        return out
    }
}
