import LoopbackServer
import Synchronization

/// A scripted SMTP server on loopback (RFC 5321): takes messages, or goes wrong where a test wants it to.
///
///     let server = try ScriptedMailServer()
///     server.on(.afterDot, .reply(451, "try later"), .drop)    // the first two messages; the third is taken
///     server.onRecipient("gone@example.org", .reply(550, "no such user"))
public final class ScriptedMailServer: Sendable {
    /// Where in a session something can happen.
    public enum Step: Sendable, Hashable { case greeting, hello, startTLS, auth, mailFrom, recipient, data, afterDot }

    public enum Reaction: Sendable, Hashable {
        case reply(Int, String)
        /// Answers, then neither reads nor says anything until the client hangs up; what came by then is read as usual.
        case replyThenSilence(Int, String)
        /// The connection is broken off without a word.
        case drop
        /// Nothing is said until the client hangs up.
        case silence
    }

    /// A message whose final dot came.
    public struct Message: Sendable {
        public var from: String
        public var to: [String]
        /// As sent, the doubled dots undone.
        public var bytes: [UInt8]
        /// The number of the connection it came over, from 1 on.
        public var connection: Int
        public var isEncrypted: Bool
        /// Whether the server took responsibility by a 250.
        public var isAccepted: Bool

        public var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private let log: MailLog
    private let listener: Listener

    /// - Parameters:
    ///   - capabilities: lines of the EHLO reply besides STARTTLS.
    ///   - tls: with it STARTTLS is offered, or TLS begins with the first byte if `isImplicit`.
    public init(
        capabilities: [String] = ["8BITMIME", "AUTH PLAIN LOGIN"], tls: TLSIdentity? = nil, isImplicit: Bool = false
    ) throws {
        let log = MailLog()
        self.log = log
        listener = try Listener { socket in
            var session = MailSession(socket, log: log, capabilities: capabilities, tls: tls, isImplicit: isImplicit)
            session?.serve()
        }
    }

    deinit { listener.breakOff() }

    public var port: Int { Int(listener.port) }
    public var connections: Int { listener.accepted }

    /// What happens at a step, the next times it is reached; after that all goes well again.
    public func on(_ step: Step, _ reactions: Reaction...) { log.add(reactions, at: step) }

    /// What happens at a step every time.
    public func always(_ step: Step, _ reaction: Reaction) { log.setAlways(reaction, at: step) }

    /// What a recipient meets every time.
    public func onRecipient(_ address: String, _ reaction: Reaction) { log.set(reaction, for: address) }

    /// Messages the server took.
    public var messages: [Message] { received.filter(\.isAccepted) }

    /// All messages whose final dot came, also those for which the client heard nothing.
    public var received: [Message] { log.messages }

    /// Every line the client sent outside of messages, in order, over all connections.
    public var commands: [String] { log.commands }

    /// Returns once a step has been reached `count` times.
    public func wait(for step: Step, count: Int = 1) async { await log.wait(for: step, count: count) }

    public func stop() { listener.stop() }
}

/// What all sessions share: the script and the record.
final class MailLog: Sendable {
    private struct State {
        var turns: [ScriptedMailServer.Step: [ScriptedMailServer.Reaction]] = [:]
        var always: [ScriptedMailServer.Step: ScriptedMailServer.Reaction] = [:]
        var recipients: [String: ScriptedMailServer.Reaction] = [:]
        var reached: [ScriptedMailServer.Step: Int] = [:]
        var waiting: [(step: ScriptedMailServer.Step, count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var messages: [ScriptedMailServer.Message] = []
        var commands: [String] = []
        var connections = 0
    }

    private let state = Mutex(State())

    var messages: [ScriptedMailServer.Message] { state.withLock { $0.messages } }
    var commands: [String] { state.withLock { $0.commands } }

    func add(_ reactions: [ScriptedMailServer.Reaction], at step: ScriptedMailServer.Step) {
        state.withLock { $0.turns[step, default: []] += reactions }
    }

    func setAlways(_ reaction: ScriptedMailServer.Reaction, at step: ScriptedMailServer.Step) {
        state.withLock { $0.always[step] = reaction }
    }

    func set(_ reaction: ScriptedMailServer.Reaction, for recipient: String) {
        state.withLock { $0.recipients[recipient] = reaction }
    }

    func nextConnection() -> Int {
        state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    func note(_ command: String) { state.withLock { $0.commands.append(command) } }

    func note(_ message: ScriptedMailServer.Message) { state.withLock { $0.messages.append(message) } }

    /// What the script wants at this step; nil lets it go well.
    func reaction(at step: ScriptedMailServer.Step, recipient: String? = nil) -> ScriptedMailServer.Reaction? {
        let (reaction, ready) = state.withLock { state in
            let count = state.reached[step, default: 0] + 1
            state.reached[step] = count
            let ready = state.waiting.filter { $0.step == step && $0.count <= count }.map(\.continuation)
            state.waiting.removeAll { $0.step == step && $0.count <= count }
            if let recipient, let reaction = state.recipients[recipient] { return (Optional(reaction), ready) }
            if let turns = state.turns[step], let first = turns.first {
                state.turns[step] = Array(turns.dropFirst())
                return (first, ready)
            }
            return (state.always[step], ready)
        }
        for continuation in ready { continuation.resume() }
        return reaction
    }

    func wait(for step: ScriptedMailServer.Step, count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.reached[step, default: 0] >= count { return true }
                state.waiting.append((step, count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}
