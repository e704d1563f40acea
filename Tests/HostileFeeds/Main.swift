import FoundationEssentials
import Glibc
import LoopbackServer
import TestSupport

/// Serves every trick of `HostileAnswers` and a number of good feeds on loopback, for Tests/Tools/hostile_run.py. Prints the
/// address of each feed, the good ones first, the large ones last, then an empty line; ends with its standard input.
///
/// Usage: hostile-feeds GOOD HOSTILE LARGE
@main struct Main {
    static func main() throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == 3, numbers.allSatisfy({ (0...100_000).contains($0) }) else {
            print("usage: hostile-feeds GOOD HOSTILE LARGE")
            exit(64)
        }
        signal(SIGPIPE, SIG_IGN)
        let tricks = Dictionary(uniqueKeysWithValues: HostileAnswers.all.map { ($0.name, $0.answer) })
        let names = HostileAnswers.all.map(\.name)
        // Each on an address of its own: the most connections to one host are few.
        let servers = try (1...20).map { try LoopbackServer(address: "127.0.0.\($0)") { answer($0, tricks) } }
        func url(_ number: Int) -> String { servers[number % servers.count].url }
        for number in 0..<numbers[0] { print("\(url(number))/good/\(number)") }
        for number in 0..<numbers[1] { print("\(url(number))/hostile/\(number)/\(names[number % names.count])") }
        for number in 0..<numbers[2] { print("\(url(number))/large/\(number)") }
        print()
        fflush(nil)
        while readLine() != nil {}
        for server in servers { server.stop() }
    }

    private static func answer(_ request: LoopbackRequest, _ tricks: [String: LoopbackResponse]) -> LoopbackResponse {
        let parts = request.path.split(separator: "/").map(String.init)
        switch parts.first {
        case "good": return good(parts.last ?? "", request)
        case "hostile": return tricks[parts.last ?? ""] ?? LoopbackResponse(status: 404)
        case "large": return large
        default: return LoopbackResponse(status: 404)
        }
    }

    /// Nothing is wrong with it but that it is just below what is read at most.
    private static let large = LoopbackResponse(
        headers: [("Content-Type", "application/rss+xml")],
        text: "<rss version=\"2.0\"><channel><title>Large</title>"
            + (0..<10).map { number in
                "<item><guid>\(number)</guid><title>Large news \(number)</title><description>"
                    + String(repeating: "There is no end to what can be said of it. ", count: 18_000)
                    + "</description></item>"
            }.joined() + "</channel></rss>")

    private static func good(_ name: String, _ request: LoopbackRequest) -> LoopbackResponse {
        let tag = "\"\(name)\""
        guard request.header("If-None-Match") != tag else { return LoopbackResponse(status: 304) }
        let items = (0..<10).map {
            "<item><guid>\(name)-\($0)</guid><title>Good news \($0) of \(name)</title><description>"
                + String(repeating: "All is well with us. ", count: 20) + "</description></item>"
        }
        return LoopbackResponse(
            headers: [("ETag", tag), ("Content-Type", "application/rss+xml")],
            text: "<rss version=\"2.0\"><channel><title>\(name)</title>\(items.joined())</channel></rss>")
    }
}
