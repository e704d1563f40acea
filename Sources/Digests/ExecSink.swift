public import FeedModel

/// Hands a digest to a program of the operator's: a fixed argv, the digest on standard input, no shell, nothing from a feed in
/// its arguments or environment (S14). Exit code 0 means that it took the digest; 64, 65, 67, 68 and 77 that it never will
/// (sysexits.h); anything else that it may be asked again, with the same bytes.
public struct ExecSink: Sendable {
    private let command: [String]
    private let timeout: Duration

    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - timeout: how long the program may take before it is ended.
    public init(command: [String], timeout: Duration = .seconds(60)) {
        self.command = command
        self.timeout = timeout
    }

    /// Waits on a thread of its own, so the cooperative pool goes on.
    public func deliver(_ delivery: Delivery) async throws(DeliveryError) {
        guard let path = command.first else { throw .temporary("running a program: none is named; set exec.command") }
        guard let file = delivery.files.first else {
            throw .permanent("running \(visible(path)): the outbox row holds no digest")
        }
        try await ProgramRun(
            what: "running \(visible(path))", path: path, arguments: Array(command.dropFirst()), input: file.bytes,
            timeout: timeout, absenceAdvice: "set exec.command to a program that is there"
        ).finish()
    }
}
