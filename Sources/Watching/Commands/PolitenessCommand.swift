import FeedModel
import FoundationEssentials
import Storage

extension Commands {
    /// `politeness`: what each host was asked for lately, as its webmaster would see it (P-68).
    public func politeness(days: Int, json: Bool, now: Date = Date()) async -> ExitCode {
        do throws(Ended) {
            let store = try openStore(try loadConfiguration(), readingOnly: true)
            do throws(StoreError) {
                let lines = try await store.ledger(sinceDay: Int(clampingDays: now) - days + 1)
                if json {
                    output.json(.array(lines.map(Self.politenessJSON)))
                } else {
                    show(lines, days: days)
                }
                return .success
            } catch { throw said(error) }
        } catch { return error.code }
    }

    private func show(_ lines: [LedgerLine], days: Int) {
        guard !lines.isEmpty else {
            return output.line("no host was asked for anything in the last \(counted(days, "day", "days"))")
        }
        for line in lines {
            output.line("\(line.host)  \(counted(line.requests, "request", "requests")), \(line.wireBytes >> 10) KiB")
            if let share = line.notModifiedShare {
                output.line("    304 to \(share) % of \(line.conditional) with validators")
            }
            let reasons = [
                (line.first, "first"), (line.withoutValidators, "no validators given"),
                (line.otherAddress, "moved address"), (line.inFull, "in full"), (line.pages, "pages and robots.txt"),
            ]
            let plain = reasons.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            if !plain.isEmpty { output.line("    without validators: \(plain.joined(separator: ", "))") }
            if line.toldToWait > 0 { output.line("    429 or 503: \(line.toldToWait)") }
            if let closest = line.closest {
                let broken = line.violations > 0 ? ", \(line.violations) too close" : ""
                output.line("    closest two: \(closest < .seconds(10) ? "\(closest)" : words(closest)) apart\(broken)")
            }
        }
        let total = lines.reduce(0) { $0 + $1.requests }
        let violations = lines.reduce(0) { $0 + $1.violations }
        output.line(
            "\(counted(total, "request", "requests")) to \(counted(lines.count, "host", "hosts")) in "
                + "\(counted(days, "day", "days")); \(counted(violations, "spacing violation", "spacing violations"))")
    }

    private static func politenessJSON(_ line: LedgerLine) -> JSON {
        .object([
            "host": .string(line.host), "requests": .integer(Int64(line.requests)),
            "conditional": .integer(Int64(line.conditional)), "not_modified": .integer(Int64(line.notModified)),
            "unconditional": .object([
                "first": .integer(Int64(line.first)), "no_validators": .integer(Int64(line.withoutValidators)),
                "moved_address": .integer(Int64(line.otherAddress)), "in_full": .integer(Int64(line.inFull)),
                "pages": .integer(Int64(line.pages)),
            ]),
            "wire_bytes": .integer(Int64(line.wireBytes)), "told_to_wait": .integer(Int64(line.toldToWait)),
            "closest_seconds": line.closest.map { .real($0.inSeconds) },
            "spacing_violations": .integer(Int64(line.violations)),
        ])
    }
}

extension LedgerLine {
    /// In percent, of the questions that carried validators.
    fileprivate var notModifiedShare: Int? {
        conditional > 0 ? Int((Double(notModified) / Double(conditional) * 100).rounded()) : nil
    }
}
