import FeedModel
import FoundationEssentials

// How a delivery goes from one state to the next (M-06).

extension Store {
    func writeOutstandingMarks() throws(StoreError) {
        if !outstandingMarks.isEmpty { try write([]) }
    }

    /// Takes the steps that `marks` and those still outstanding name, and whatever `more` does, in one transaction.
    func write(
        _ marks: [DeliveryMark], and more: () throws(StoreError) -> Void = { () throws(StoreError) in }
    ) throws(StoreError) {
        do {
            try connection.transaction(durably: true) { () throws(StoreError) in
                let areRefused = try hasRefusals()
                for mark in outstandingMarks + marks {
                    guard try step(mark) else { continue }
                    if mark.isRefusal { try noteRefusal(mark) }
                    if mark.trial == .spared || mark.trial == .withdrawn { try countMail(-1, at: mark.at) }
                    if areRefused, mark.state == .accepted { try forgetRefusals(of: mark.id) }
                }
                try more()
            }
            outstandingMarks = []
        } catch {
            if error.isPassing { outstandingMarks += marks.filter { $0.state != .sending } }
            throw error
        }
    }

    /// - Returns: false if it was taken before: the same news twice is no news.
    private func step(_ mark: DeliveryMark) throws(StoreError) -> Bool {
        // Mostly it is as it should be, and asking first would double the work.
        if try write(mark) { return true }
        let old = try state(of: mark.id)
        if old == mark.state, mark.state == .accepted || mark.state == .failed { return false }
        // Nor is it news that what was taken back is not being sent.
        if mark.trial == .withdrawn, old != .sending { return false }
        throw .deliveryInState(mark.id, old)
    }

    /// - Returns: false, with nothing written, if the delivery may not take this step.
    private func write(_ mark: DeliveryMark) throws(StoreError) -> Bool {
        let isWithdrawn = mark.trial == .withdrawn
        return try connection.run(
            isWithdrawn ? Self.withdrawing : Self.stepping[mark.state, default: ""],
            [
                .text(mark.state.rawValue), Value(isWithdrawn ? -1 : mark.state == .sending ? 1 : 0),
                Value(mark.at), Value(mark.next), Value(mark.error), .text(mark.id),
                Value(mark.trial == .none ? nil : mark.at),
            ]) == 1
    }

    /// - Returns: false, with nothing written, if the delivery does not wait.
    func begin(_ id: String, at now: Date) throws(StoreError) -> Bool {
        try write(DeliveryMark(id: id, state: .sending, at: now))
    }

    /// For each state the statement that brings a delivery into it from those it may follow on.
    private static let stepping = Dictionary(
        uniqueKeysWithValues: DeliveryState.allCases.map { state in
            let mark = DeliveryMark(id: "", state: state, at: Date(timeIntervalSince1970: 0))
            // Being accepted or failed twice is no step.
            let olds = DeliveryState.allCases.filter { mark.mayFollow($0) && !($0 == state && state == .failed) }
            return (state, stepping(from: olds))
        })

    /// The statement that takes back what was marked as being sent.
    private static let withdrawing = stepping(from: [.sending])

    private static func stepping(from olds: [DeliveryState]) -> String {
        """
        UPDATE deliveries SET state = ?1, attempts = attempts + ?2,
            first_attempt = CASE WHEN ?2 < 0 AND attempts <= 1 THEN NULL ELSE coalesce(first_attempt, ?7) END,
            next_attempt = coalesce(?4, next_attempt), last_error = ?5, settled_at = ?3
        WHERE id = ?6 AND state IN (\(olds.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
        """
    }

    private func state(of id: String) throws(StoreError) -> DeliveryState {
        var state: DeliveryState?
        try connection.run("SELECT state FROM deliveries WHERE id = ?", [.text(id)]) { (row) throws(StoreError) in
            state = try row.word(0, DeliveryState.self)
        }
        guard let state else { throw .noSuchDelivery(id) }
        return state
    }
}
