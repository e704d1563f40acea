import FeedModel
import LoopbackServer
import TestSupport

@testable import Transfers

/// A scripted server and a fetcher that may ask it.
struct Scene {
    let server: FeedServer
    let fetcher: Fetcher

    init(tls: TLSIdentity? = nil, room: BodyRoom = BodyRoom(), _ change: (inout FetchSettings) -> Void = { _ in })
        throws
    {
        server = try FeedServer(tls: tls)
        var settings = FetchSettings.test
        change(&settings)
        fetcher = Fetcher(settings, room: room)
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
