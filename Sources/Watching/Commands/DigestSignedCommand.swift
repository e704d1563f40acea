import Digests
import FeedModel

extension Commands {
    /// `digest signed`: whether the relay's signature on a digest, saved as it arrived, covers what mailboxes ask for before
    /// they offer to unsubscribe (RFC 8058). Exit code 1 if not.
    ///
    /// - Parameter path: the message; `-` is standard input.
    public func digestSigned(_ path: String, json: Bool) -> ExitCode {
        let message: [UInt8]
        do { message = try readInput(path, limit: 64 << 20) } catch {
            output.error("reading the message: \(path): \(error)")
            return .noInput
        }
        let check = SignatureCheck(message: message) { hostKey(of: "https://\($0)") }
        let faults = check.faults
        if json {
            output.json(
                .object([
                    "from": check.sender.map(JSON.string) ?? .null, "one_click": .bool(check.offersOneClick),
                    "signatures": .array(check.signatures.map(Self.json)), "faults": .strings(faults),
                ]))
        } else {
            for signature in check.signatures {
                let verdict =
                    signature.verdict.map { "\($0), says the receiving server" } ?? "no verdict of a receiving server"
                output.line("signed by \(signature.domain), selector \(signature.selector): \(verdict)")
                output.line("  covers \(signature.fields.joined(separator: ", "))")
            }
            if faults.isEmpty {
                output.line(
                    "well: List-Unsubscribe\(check.offersOneClick ? " and List-Unsubscribe-Post are" : " is") signed")
            }
            if faults.isEmpty, !check.offersOneClick {
                output.line("It offers no unsubscribing by one click: see unsubscribe_url under [mail].")
            }
        }
        for fault in faults { output.error("\(path): \(fault)") }
        return faults.isEmpty ? .success : .wrong
    }

    private static func json(of signature: SignatureCheck.Signature) -> JSON {
        .object([
            "domain": .string(signature.domain), "selector": .string(signature.selector),
            "fields": .strings(signature.fields), "verdict": signature.verdict.map(JSON.string) ?? .null,
        ])
    }
}
