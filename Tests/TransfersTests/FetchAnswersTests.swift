import FeedModel
import LoopbackServer
import TestSupport
import Testing

@testable import Transfers

/// Many fetches begun together, answered by number.
@Suite(.serialized) struct FetchAnswersTests {
    private func collect(_ count: Int, from answers: FetchAnswers) async -> [Int: [FetchAnswer]] {
        var found: [Int: [FetchAnswer]] = [:]
        var total = 0
        while total < count {
            for answer in await answers.next() {
                found[answer.number, default: []].append(answer)
                total += 1
            }
        }
        return found
    }

    @Test func `each of many is answered exactly once under its number: documents, redirects, failures and refusals`()
        async throws
    {
        let scene = try Scene { $0.concurrency = 4 }
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        scene.server.on("/old", LoopbackResponse(status: 301, headers: [("Location", "/feed")]))
        scene.server.on("/round", LoopbackResponse(status: 302, headers: [("Location", "/round")]))
        let paths = ["/feed", "/old", "/round", "/missing"]
        var requests = (0..<200).map { (number: $0, request: FetchRequest(url: scene.server.url(paths[$0 % 4]))) }
        requests.append((number: 200, request: FetchRequest(url: "ftp://example.org/feed")))
        requests.append((number: 201, request: FetchRequest(url: "http://somebody@example.org/feed")))
        let answers = FetchAnswers()
        scene.fetcher.begin(requests, answers: answers)
        let found = await collect(requests.count, from: answers)
        #expect(found.values.allSatisfy { $0.count == 1 })
        for number in 0..<202 {
            let answer = try #require(found[number]?.first)
            let isWell = number < 200 && number % 4 < 2
            #expect((try? answer.result.get().document != nil) == (isWell ? true : nil))
            if isWell { #expect(try answer.result.get().trace.redirects.count == number % 4) }
        }
        #expect(scene.server.requests.count == 250)
        await scene.end()
    }

    @Test func `what is begun together obeys the concurrency and sends credentials to their own origin only`()
        async throws
    {
        let scene = try Scene { $0.concurrency = 1 }
        let other = try FeedServer()
        other.on("/feed", LoopbackResponse(text: "<rss/>"))
        scene.server.on("/old", LoopbackResponse(status: 302, headers: [("Location", other.url("/feed"))]))
        var request = FetchRequest(url: scene.server.url("/old"))
        request.username = "reader"
        request.password = "secret"
        let answers = FetchAnswers()
        scene.fetcher.begin([(0, request), (1, request)], answers: answers)
        let found = await collect(2, from: answers)
        #expect(found.values.allSatisfy { (try? $0.first?.result.get().document) != nil })
        #expect(scene.server.requests.allSatisfy { $0.header("authorization") != nil })
        #expect(other.requests.count == 2 && other.requests.allSatisfy { $0.header("authorization") == nil })
        await scene.end()
        other.stop()
    }

    @Test(arguments: [false, true])
    func `those in flight and in line are answered when the fetcher stops, and those begun after`(waits: Bool)
        async throws
    {
        let scene = try Scene { $0.concurrency = 2 }
        scene.server.on("/silence", .silence)
        let request = FetchRequest(url: scene.server.url("/silence"))
        let answers = FetchAnswers()
        scene.fetcher.begin((0..<10).map { ($0, request) }, answers: answers)
        await scene.server.waitForRequests(2)
        if waits { await scene.fetcher.stop() } else { scene.fetcher.breakOff() }
        scene.fetcher.begin([(10, request)], answers: answers)
        let found = await collect(11, from: answers)
        #expect(found.count == 11)
        #expect(found.values.allSatisfy { (try? $0.first?.result.get()) == nil })
        await scene.end()
    }

    @Test func `R20: a reader that is cancelled is answered at once, and every later one`() async throws {
        let answers = FetchAnswers()
        let reader = Task { await answers.next() }
        reader.cancel()
        #expect(await reader.value.isEmpty)
        answers.put([FetchAnswer(number: 1, result: .failure(Self.failure), took: .zero)])
        #expect(await answers.next().isEmpty)
    }

    private static let failure = FetchError(
        failure: CheckFailure(.connect, "fetching: cut off"), freshness: FreshnessHint(), trace: FetchTrace())

    @Test func `answers leave 64 together, and all that there are when nothing else is under way`()
        async
    {
        let answers = FetchAnswers()
        var outgoing = OutgoingAnswers()
        func add(_ number: Int) {
            outgoing.add(FetchAnswer(number: number, result: .failure(Self.failure), took: .zero), to: answers)
        }
        for number in 0..<64 { add(number) }
        #expect(await answers.next().count == 64)
        #expect(outgoing.deliverDue(isIdle: true) == nil)
        add(64)
        #expect(outgoing.deliverDue(isIdle: true) == nil)
        #expect(await answers.next().map(\.number) == [64])
    }
}
