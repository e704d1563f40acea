public import FeedModel

/// Puts the mail of a digest into a Maildir. Its name there is made from the delivery, so that one delivered before a crash is
/// recognised, also after a mail program has moved it to `cur`, and not delivered again.
public struct MaildirSink: Sendable {
    private let folder: String

    public init(folder: String) { self.folder = folder }

    /// The path of the message.
    @discardableResult
    public func deliver(_ delivery: Delivery) async throws(DeliveryError) -> [String] {
        try await FileQueue.run { () throws(DeliveryError) in try write(delivery) }
    }

    private func write(_ delivery: Delivery) throws(DeliveryError) -> [String] {
        guard let message = delivery.files.first(where: { $0.fileExtension == "eml" }) else {
            throw .permanent("delivering \(delivery.digest) to \(visible(folder)): the delivery holds no message")
        }
        let top = try Folder(configured: folder, modes: FileModes())
        let temporary = try top.folder("tmp")
        let new = try top.folder("new")
        let current = try top.folder("cur")
        let name = Self.name(of: delivery)
        if try new.names().contains(where: { isSame($0, name) }) { return ["\(new.path)/\(name)"] }
        if let read = try current.names().first(where: { isSame($0, name) }) { return ["\(current.path)/\(read)"] }
        // Maildirs hold messages with the system's own line ends.
        try temporary.writeWhole(withLineFeeds(message.bytes), to: name)
        try temporary.move(name, to: new)
        return ["\(new.path)/\(name)"]
    }

    /// Seconds, unique part, origin, as Maildir names go; the seconds are those of the digest's date.
    private static func name(of delivery: Delivery) -> String {
        let seconds = max(0, delivery.digest.date.daysSince1970) * 86_400
        return "\(seconds).\(identifier(["maildir", delivery.id])).durbeen"
    }

    /// Mail programs add flags after a colon, ":2,S".
    private func isSame(_ found: String, _ name: String) -> Bool { found == name || found.hasPrefix(name + ":") }
}

/// CRLF as LF.
func withLineFeeds(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for (index, byte) in bytes.enumerated() {
        if byte == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { continue }
        out.append(byte)
    }
    return out
}
