import FeedModel
@testable import Watching

/// Configurations: a mistake has a place, a way out and nothing in it that steers a terminal; what is taken is within the
/// bounds on which everything else relies.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    // A whole configuration before the bytes, so that one that is taken is met more often than luck would have it.
    let whole = "[files]\nfolder = \"d\"\n[[profile]]\nname = \"daily\"\nzone = \"Asia/Karachi\"\n"
    for head in ["", whole] {
        do {
            let configuration = try Configuration.read(
                Array(head.utf8) + bytes, path: "/etc/durbeen/durbeen.toml",
                environment: ["STATE_DIRECTORY": "/var/lib/durbeen"], checksFiles: false, isZone: { !$0.isEmpty })
            check(configuration)
        } catch {
            precondition(!error.errors.isEmpty, "a refusal says why")
            for one in error.errors { checkPlace(one) }
        }
    }
    return 0
}

private func checkPlace(_ error: ConfigurationError) {
    precondition(error.line >= 1 && error.column >= 1 && !error.message.isEmpty, "a mistake has a place")
    precondition(visible(error.description, keepingNewlines: false) == error.description, "a mistake is one plain line")
    _ = error.caret
}

private func check(_ configuration: Configuration) {
    let fetch = configuration.fetch
    precondition(fetch.concurrency > 0 && fetch.hostConnections >= 0 && fetch.hostBudget >= 0, "counts are sensible")
    precondition(fetch.maxBody > 0 && fetch.maxRedirects >= 0 && fetch.dailyRequests > 0, "bounds are sensible")
    for wait in [fetch.floor, fetch.minFloor, fetch.ceiling, fetch.timeout, fetch.connectTimeout, fetch.maxBackoff] {
        precondition(wait > .zero && wait < .seconds(400 * 86_400), "waits are sensible")
    }
    for feed in configuration.feeds.inline {
        precondition(feed.url.lowercased().hasPrefix("http"), "feeds are on the web")
    }
    precondition(Set(configuration.profiles.map(\.name)).count == configuration.profiles.count, "names are unique")
    for warning in configuration.warnings { checkPlace(warning) }
    _ = configuration.settings
}
