/// How a body part travels: quoted-printable for mostly Latin text, base64 otherwise; lines of at most 76 characters, CRLF only
/// (RFC 2045, 6.7 and 6.8). Never 8bit: a dot or a "From " at the start of a line, a bare CR or an address in a feed's text
/// cannot then end a message early (S12).
enum TransferEncoding: String {
    case quotedPrintable = "quoted-printable"
    case base64

    /// Quoted-printable up to half as long again as the text, because people can read it; base64 makes a third more of any text.
    init(for text: String) {
        var latin = 0
        var other = 0
        for byte in text.utf8 {
            if byte < 0x80 { latin += 1 } else { other += 1 }
        }
        self = latin + 3 * other <= (latin + other) * 3 / 2 ? .quotedPrintable : .base64
    }

    /// The encoded text with CRLF at the end. Lines of `text` are parted by LF.
    func encode(_ text: String) -> String {
        switch self {
        case .quotedPrintable: quotedPrintableLines(text)
        // Text is CRLF inside base64 too (RFC 2045, 6.8).
        case .base64: base64Lines(text.replacing("\n", with: "\r\n").utf8)
        }
    }
}

/// Lines of 76 characters, as they travel.
func base64Lines(_ bytes: some Sequence<UInt8>) -> String {
    let encoded = base64(Array(bytes))
    var out = ""
    var rest = encoded.utf8[...]
    while !rest.isEmpty {
        out += String(decoding: rest.prefix(76), as: UTF8.self) + "\r\n"
        rest = rest.dropFirst(76)
    }
    return out
}

private func quotedPrintableLines(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for (number, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
        if number > 0 { out += [0x0D, 0x0A] }
        var column = 0
        for (index, byte) in zip(line.indices, line) {
            let isLast = line.index(after: index) == line.endIndex
            let isPlain = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
            // A blank at the end of a line would be lost, a dot or "From " at its start changed on the way.
            let isBlank = (byte == 0x20 || byte == 0x09) && !isLast
            let startsBadly = column == 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))
            let piece: [UInt8] =
                (isPlain || isBlank) && !startsBadly
                ? [byte] : [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            if column + piece.count > (isLast ? 76 : 75) {
                out += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
                // The dot or F that a soft break puts at a line's start must be written out as well.
                if piece.count == 1, byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F") {
                    out += [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
                    column = 3
                    continue
                }
            }
            out += piece
            column += piece.count
        }
    }
    if !out.suffix(2).elementsEqual([0x0D, 0x0A]) { out += [0x0D, 0x0A] }
    return String(decoding: out, as: UTF8.self)
}

/// RFC 4648 base 64 with padding.
func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let size = min(3, bytes.count - start)
        var block: UInt32 = 0
        for offset in 0..<3 { block = block << 8 | (offset < size ? UInt32(bytes[start + offset]) : 0) }
        for place in 0..<4 {
            out.append(place <= size ? alphabet[Int(block >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
        }
    }
    return String(decoding: out, as: UTF8.self)
}
