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
            #expect((try? answer.result?.get().document != nil) == (isWell ? true : nil))
            if isWell { #expect(try answer.result?.get().trace.redirects.count == number % 4) }
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
        #expect(found.values.allSatisfy { (try? $0.first?.result?.get().document) != nil })
        #expect(scene.server.requests.allSatisfy { $0.header("authorization") != nil })
        #expect(other.requests.count == 2 && other.requests.allSatisfy { $0.header("authorization") == nil })
        await scene.end()
        other.stop()
    }

    @Test func `P-09: "not modified" is told in few words unless it brings other validators`() async throws {
        let scene = try Scene { $0.concurrency = 1 }
        let kept = Validators(etag: Array("\"a\"".utf8), lastModified: Array("Sun, 06 Nov 1994 08:49:37 GMT".utf8))
        let answersByPath: [(path: String, fields: [(String, String)], isShort: Bool)] = [
            ("/bare", [], true), ("/same", [("ETag", "\"a\""), ("Cache-Control", "max-age=60")], true),
            ("/other", [("ETag", "\"b\"")], false), ("/later", [("Last-Modified", "Mon")], false),
        ]
        var requests: [(number: Int, request: FetchRequest)] = []
        for (number, answer) in answersByPath.enumerated() {
            scene.server.on(answer.path, LoopbackResponse(status: 304, headers: answer.fields))
            var request = FetchRequest(url: scene.server.url(answer.path))
            request.validators = kept
            request.validatorsURL = request.url
            requests.append((number, request))
        }
        // Nobody asked whether it was modified.
        scene.server.on("/unasked", LoopbackResponse(status: 304))
        requests.append((4, FetchRequest(url: scene.server.url("/unasked"))))
        let answers = FetchAnswers()
        scene.fetcher.begin(requests, answers: answers)
        let found = await collect(5, from: answers)
        for (number, answer) in answersByPath.enumerated() {
            let ending = try #require(found[number]?.first?.ending)
            if case .unchanged(let hint, _) = ending {
                #expect(answer.isShort && hint.maxAge == (number == 1 ? .seconds(60) : nil))
            } else {
                #expect(!answer.isShort)
            }
        }
        #expect(try found[4]?.first?.result?.get().validators.isEmpty == true)
        #expect(scene.server.requests.dropLast().allSatisfy { $0.header("if-none-match") == "\"a\"" })
        #expect(scene.server.requests.last?.header("if-none-match") == nil)
        await scene.end()
    }

    @Test func `S7: what one request was allowed, the next over the same handle is not`() async throws {
        let scene = try Scene { $0.concurrency = 1 }
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        let open = FetchRequest(url: scene.server.url("/feed"))
        var closed = open
        closed.username = "reader"
        closed.password = "secret"
        let answers = FetchAnswers()
        scene.fetcher.begin([(0, open), (1, closed), (2, open), (3, closed), (4, open)], answers: answers)
        _ = await collect(5, from: answers)
        #expect(scene.server.requests.map { $0.header("authorization") != nil } == [false, true, false, true, false])
        await scene.end()
    }

    @Test func `hosts with a limit of their own and others are begun together, and each is answered once`() async throws
    {
        let scene = try Scene {
            $0.hostConnections = 1
            $0.allowedHostConnections = 3
        }
        scene.server.on("/feed", LoopbackResponse(text: "<rss/>"))
        let allowed = FetchRequest(url: scene.server.url("/feed"))
        // An address that is for documentation only, and what is no address of the web.
        let (other, none) = (FetchRequest(url: "http://192.0.2.1/feed"), FetchRequest(url: "ftp://192.0.2.1/feed"))
        let answers = FetchAnswers()
        scene.fetcher.begin([(0, other), (1, allowed), (2, none), (3, allowed), (4, other)], answers: answers)
        let found = await collect(5, from: answers)
        #expect(found.count == 5 && scene.server.requests.count == 2)
        for number in [1, 3] { #expect(try found[number]?.first?.result?.get().document != nil) }
        for number in [0, 2, 4] {
            #expect(throws: FetchError.self) { try found[number]?.first?.result?.get() }
        }
        await scene.end()
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
        #expect(found.values.allSatisfy { (try? $0.first?.result?.get()) == nil })
        await scene.end()
    }

    @Test func `R20: a reader that is cancelled is answered at once, and every later one`() async throws {
        let answers = FetchAnswers()
        let reader = Task { await answers.next() }
        reader.cancel()
        #expect(await reader.value.isEmpty)
        answers.put([FetchAnswer(number: 1, ending: .ended(.failure(Self.failure)), took: .zero)])
        #expect(await answers.next().isEmpty)
    }

    @Test(arguments: [false, true])
    func `R5: what nobody will read takes up no room`(cameBefore: Bool) async throws {
        let room = BodyRoom(most: 10)
        let answers = FetchAnswers()
        func put() {
            let place = BodyPlace(in: room)
            #expect(place.grow(by: 8))
            place.arrived()
            var document = Document(bytes: [0x20], url: "https://a.example/")
            document.place = place
            let result = FetchResult.fresh(document, Validators(), FreshnessHint(), FetchTrace())
            answers.put([FetchAnswer(number: 1, ending: .ended(.success(result)), took: .zero)])
        }
        if cameBefore {
            put()
            #expect(room.isCrowded)
        }
        let reader = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await answers.next()
        }
        #expect(await reader.value.isEmpty)
        #expect(!room.isCrowded)
        put()
        #expect(!room.isCrowded)
    }

    private static let failure = FetchError(
        failure: CheckFailure(.connect, "fetching: cut off"), freshness: FreshnessHint(), trace: FetchTrace())

    @Test func `answers leave in groups, and all that there are when nothing else is under way`()
        async
    {
        let answers = FetchAnswers()
        var outgoing = OutgoingAnswers()
        func add(_ number: Int) {
            outgoing.add(FetchAnswer(number: number, ending: .ended(.failure(Self.failure)), took: .zero), to: answers)
        }
        let group = OutgoingAnswers.most
        for number in 0..<group { add(number) }
        #expect(await answers.next().count == group)
        #expect(outgoing.deliverDue(isIdle: true) == nil)
        add(group)
        #expect(outgoing.deliverDue(isIdle: true) == nil)
        #expect(await answers.next().map(\.number) == [group])
    }
}

extension FetchAnswer {
    fileprivate var result: Result<FetchResult, FetchError>? {
        if case .ended(let result) = ending { return result }
        return nil
    }
}
