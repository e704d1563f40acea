import Digests
import FeedModel
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite struct SinkTests {
    private let directory: TemporaryDirectory
    private var folder: String { directory.path }

    init() throws { directory = try TemporaryDirectory() }

    private func delivery(_ sink: SinkKind, day: Int = 25, profile: String = "analyst", bytes: String = "x\r\n")
        -> Delivery
    {
        Delivery(
            id: "delivery", digest: DigestKey(profile: profile, date: LocalDate(year: 2026, month: 11, day: day)),
            sink: sink,
            recipient: "reader@example.org",
            files: ["html", "eml"].map { FrozenFile(fileExtension: $0, bytes: Array(bytes.utf8)) },
            nextAttempt: Samples.cutOff)
    }

    private func contents(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    private func mode(_ path: String) -> mode_t {
        var facts = stat()
        return lstat(path, &facts) == 0 ? facts.st_mode & 0o777 : 0
    }

    @Test func `writes editions under fixed names, private, with a link to the newest and an index`() async throws {
        let sink = FileSink(folder: folder + "/out", group: nil, site: true)
        let first = try await sink.deliver(delivery(.files))
        #expect(try await sink.deliver(delivery(.files)) == first)
        #expect(first[0] == folder + "/out/analyst/2026/11/2026-11-25.html")
        #expect(mode(first[0]) == 0o600)
        #expect(mode(folder + "/out/analyst") == 0o700)
        _ = try await sink.deliver(delivery(.files, day: 24, bytes: "older"))
        #expect(try contents(folder + "/out/analyst/latest.html") == "x\r\n")
        #expect(try contents(folder + "/out/index.html").contains("Wednesday, 25 November 2026"))
    }

    @Test func `follows no planted link`() async throws {
        let sink = FileSink(folder: folder, group: nil, site: false)
        mkdir(folder + "/elsewhere", 0o700)
        symlink(folder + "/elsewhere", folder + "/analyst")
        await #expect(throws: DeliveryError.self) { try await sink.deliver(delivery(.files)) }
        unlink(folder + "/analyst")
        let path = try await sink.deliver(delivery(.files))[0]
        try Data("keep".utf8).write(to: URL(filePath: folder + "/target"))
        unlink(path)
        symlink(folder + "/target", path)
        _ = try await sink.deliver(delivery(.files))
        #expect(try contents(folder + "/target") == "keep")
        #expect(try contents(path) == "x\r\n")
    }

    @Test func `keeps a profile's name inside the folder`() async throws {
        let path = try await FileSink(folder: folder, group: nil, site: false).deliver(
            delivery(.files, profile: "../../etc"))[0]
        #expect(path.hasPrefix(folder + "/etc-"))
    }

    @Test func `delivers to a Maildir once, also when the message was read since`() async throws {
        let sink = MaildirSink(folder: folder)
        let path = try await sink.deliver(delivery(.maildir))[0]
        #expect(try contents(path) == "x\n")
        #expect(try await sink.deliver(delivery(.maildir)) == [path])
        let read = path.replacing("/new/", with: "/cur/") + ":2,S"
        #expect(rename(path, read) == 0)
        #expect(try await sink.deliver(delivery(.maildir)) == [read])
        #expect(access(path, F_OK) != 0)
    }

    private func program(_ script: String) throws -> String {
        try directory.writeProgram(script, to: "sendmail")
    }

    @Test func `hands sendmail the message and the recipient it was told`() async throws {
        let path = try program("echo \"$@\" > \(folder)/args; cat > \(folder)/message")
        try await SendmailSink(path: path).deliver(delivery(.sendmail), from: "d@example.org")
        #expect(try contents(folder + "/args") == "-i -f d@example.org -- reader@example.org\n")
        #expect(try contents(folder + "/message") == "x\n")
    }

    @Test(arguments: [
        ("cat >/dev/null; exit 75", true), ("cat >/dev/null; exit 67", false), ("kill -9 $$", true), ("exit 1", true),
    ])
    func `tells what may pass from what will not`(script: String, isTemporary: Bool) async throws {
        let sink = SendmailSink(path: try program(script))
        let error = await #expect(throws: DeliveryError.self) {
            try await sink.deliver(
                delivery(.sendmail, bytes: String(repeating: "long line\r\n", count: 100_000)), from: "d@example.org")
        }
        if case .temporary = error { #expect(isTemporary) } else { #expect(!isTemporary) }
    }

    @Test func `hands a program the digest and nothing else: its own arguments, and PATH for an environment`()
        async throws
    {
        let path = try program("echo \"$@\" > \(folder)/args; env > \(folder)/env; cat > \(folder)/digest")
        var delivery = delivery(.exec)
        delivery.files = [FrozenFile(fileExtension: "json", bytes: Array("{}\r\n".utf8))]
        try await ExecSink(command: [path, "--from", "$(id)"]).deliver(delivery)
        #expect(try contents(folder + "/args") == "--from $(id)\n")
        #expect(try contents(folder + "/digest") == "{}\r\n")
        let names = try contents(folder + "/env").split(separator: "\n").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).isSubset(of: ["PATH", "PWD", "SHLVL", "_", "OLDPWD"]))
    }

    @Test(arguments: [(65, false), (75, true), (1, true)])
    func `tries a program again unless it says that it never will take the digest`(code: Int, isTemporary: Bool)
        async throws
    {
        let sink = ExecSink(command: [try program("cat >/dev/null; exit \(code)")])
        let error = await #expect(throws: DeliveryError.self) { try await sink.deliver(delivery(.exec)) }
        if case .temporary = error { #expect(isTemporary) } else { #expect(!isTemporary) }
    }

    @Test func `says what to do where there is no sendmail`() async {
        let error = await #expect(throws: DeliveryError.self) {
            try await SendmailSink(path: folder + "/none").deliver(delivery(.sendmail), from: "d@example.org")
        }
        #expect(error?.description.contains("set sendmail.path") == true)
    }
}
