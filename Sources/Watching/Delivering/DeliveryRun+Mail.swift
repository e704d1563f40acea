import FeedModel
import FoundationEssentials
import Storage
import Transfers

/// Mail is sent over one connection, a message after the other without a pause, and what happens to it is written down in
/// groups: a synced write a message would cost ten times the message. A process that is killed meanwhile sends what it had
/// no time to write down again, under the same Message-ID; that is never more than `mostUnderWay` (M-08, decision 18).
extension DeliveryRun {
    /// Messages that are marked as being sent at one time.
    static let mostUnderWay = 200
    /// The bytes of those that are marked in one step, apart from what they share; more only for a single message.
    static let mostBytes = 4 << 20

    /// Tries each of `deliveries` once, in order.
    func sendMail(_ deliveries: [Delivery], into summary: inout Summary) async throws(StoreError) {
        guard !deliveries.isEmpty else { return }
        let server: MailServer
        do { server = try configuration.mail.server(caFile: configuration.fetch.caFile) } catch {
            for delivery in deliveries {
                let why = DeliveryError.temporary("sending the mail: \(error)")
                try await store.settle([refused(delivery, why, began: time.now(), into: &summary)])
            }
            return
        }
        var sending = Sending(
            rest: deliveries[...], line: fetcher.mailLine(from: configuration.mail.from, via: server))
        do {
            while try await advance(&sending, into: &summary) {
                // With a limit to the rate each message is written down by itself, before and after.
                guard let pause = configuration.mail.pauseBetweenMessages, !sending.rest.isEmpty else { continue }
                do { try await time.sleep(pause) } catch { sending.rest = [] }
            }
        } catch {
            try await giveUp(&sending, over: error, into: &summary)
        }
    }

    /// Where a run of mail stands.
    private struct Sending {
        /// What has not begun yet.
        var rest: ArraySlice<Delivery>
        let line: MailLine
        /// On the line, marked as being sent, with the moment it was.
        var underWay: [String: (delivery: Delivery, began: Date)] = [:]
        /// Ended, and not written down yet.
        var marks: [DeliveryMark] = []

        /// Hands them to the store, which remembers them itself when the disk takes no note.
        mutating func takeMarks() -> [DeliveryMark] {
            defer { marks = [] }
            return marks
        }
    }

    /// Writes down what ended and fills the line up again in one transaction, then waits for the next to end.
    ///
    /// - Returns: whether there is more to do.
    private func advance(_ sending: inout Sending, into summary: inout Summary) async throws(StoreError) -> Bool {
        if Task.isCancelled { sending.rest = [] }
        let now = time.now()
        let most = configuration.mail.pauseBetweenMessages == nil ? Self.mostUnderWay : 1
        let next = sending.rest.prefix(most - sending.underWay.count)
        let marks = sending.takeMarks()
        let begun = try await store.settle(marks, beginning: next.map(\.id), room: Self.mostBytes, at: now)
        if begun.isEmpty { sending.rest = sending.rest.dropFirst(next.count) }
        send(begun, at: now, &sending, into: &summary)
        for ended in await sending.line.next() { note(ended, &sending, into: &summary) }
        if configuration.mail.pauseBetweenMessages != nil { try await store.settle(sending.takeMarks()) }
        return !sending.rest.isEmpty || !sending.underWay.isEmpty || !sending.marks.isEmpty
    }

    private func send(
        _ begun: [BegunDelivery], at now: Date, _ sending: inout Sending, into summary: inout Summary
    ) {
        var mails: [OutgoingMail] = []
        var next = begun[...]
        while let first = next.first, let delivery = sending.rest.popFirst() {
            // What the store passed over waits no longer.
            guard delivery.id == first.id else { continue }
            next.removeFirst()
            guard let file = first.files.first else {
                sending.marks.append(refused(delivery, pastRetention(delivery), began: now, into: &summary))
                continue
            }
            sending.underWay[delivery.id] = (delivery, now)
            mails.append(OutgoingMail(id: delivery.id, to: delivery.recipient, head: file.own, rest: file.shared))
        }
        sending.line.send(mails)
    }

    private func note(_ ended: MailLine.Ended, _ sending: inout Sending, into summary: inout Summary) {
        guard let (delivery, began) = sending.underWay.removeValue(forKey: ended.id) else { return }
        switch ended.ending {
        case .accepted:
            sending.marks.append(accepted(delivery, into: &summary))
        case .failed(let error):
            sending.marks.append(refused(delivery, error, began: began, into: &summary))
        case .spared(let error):
            var mark = refused(delivery, error, began: began, into: &summary)
            mark.trial = .spared
            sending.marks.append(mark)
        case .withdrawn:
            sending.marks.append(DeliveryMark(takingBack: delivery, at: time.now()))
        }
    }

    /// After the store has failed: ends what is on the line, and has the store remember how.
    private func giveUp(
        _ sending: inout Sending, over error: StoreError, into summary: inout Summary
    ) async throws(StoreError) {
        sending.line.withdraw()
        while !sending.underWay.isEmpty {
            for ended in await sending.line.next() { note(ended, &sending, into: &summary) }
        }
        // It fails as the last write did, which is what is reported.
        try? await store.settle(sending.takeMarks())
        throw error
    }
}
