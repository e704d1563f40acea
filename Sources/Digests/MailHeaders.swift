import FeedModel

// The grammar of header fields (RFC 5322, 2.2) with encoded words (RFC 2047). Nothing from outside reaches a header but through
// here: pure ASCII, CRLF only where a field is folded.

/// One header field, folded at 78 columns, ending with CRLF. `value` must be ASCII tokens parted by single spaces; what is
/// not printable ASCII in it is dropped.
func headerField(_ name: String, _ value: String) -> String {
    var out = name + ":"
    var column = out.utf8.count
    for word in value.split(separator: " ") {
        let word = String(decoding: word.utf8.filter { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        guard !word.isEmpty else { continue }
        // Also after the name, where the one word of an address is long (RFC 5322, 2.2.3).
        if column + 1 + word.utf8.count > 78, column > 0 {
            out += "\r\n"
            column = 0
        }
        out += " " + word
        column += 1 + word.utf8.count
    }
    return out + "\r\n"
}

/// Free text as a header value: as it is if it is short ASCII words, otherwise in encoded words (B), each of at most 75
/// characters and split between Characters only.
func unstructuredText(_ text: String) -> String {
    let text = cleaned(text)
    let isPlain =
        text.utf8.allSatisfy { $0 < 0x7F } && !text.contains("=?")
        && text.split(separator: " ").allSatisfy { $0.utf8.count <= 60 }
    return isPlain ? text : encodedWords(text)
}

/// A display name: bare words, a quoted string, or encoded words (RFC 5322, 3.2.5).
func phrase(_ text: String) -> String {
    let text = cleaned(text)
    guard text.utf8.allSatisfy({ $0 < 0x7F }), !text.contains("=?"), text.utf8.count <= 60 else {
        return encodedWords(text)
    }
    if text.utf8.allSatisfy({ isAtomByte($0) || $0 == 0x20 }) { return text }
    return "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
}

/// B-encoded words parted by spaces. 45 bytes of UTF-8 make 60 characters, and 12 stand around them.
private func encodedWords(_ text: String) -> String {
    var words: [[UInt8]] = [[]]
    for character in text {
        // A Character of more than 45 bytes is someone's game with combining marks; it may be split between its scalars.
        let parts =
            character.utf8.count <= 45
            ? [Array(character.utf8)] : character.unicodeScalars.map { Array(String($0).utf8) }
        for part in parts {
            if words[words.count - 1].count + part.count > 45 { words.append([]) }
            words[words.count - 1] += part
        }
    }
    return words.filter { !$0.isEmpty }.map { "=?utf-8?B?\(base64($0))?=" }.joined(separator: " ")
}

func isAtomByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
}

/// A mail address without anything that could end it or add to it: printable ASCII, no brackets, quotes, commas or spaces; no
/// more of it than an envelope can hold (RFC 5321, 4.5.3.1.3).
func addressText(_ address: String) -> String {
    let plain = address.utf8.filter { byte in
        byte > 0x20 && byte < 0x7F && !"<>()[]\\,;:\"".utf8.contains(byte)
    }
    return String(decoding: plain.prefix(254), as: UTF8.self)
}

/// `url` as it stands between the brackets of a list field (RFC 2369, 2): a web address without a comma; nil for anything else,
/// and for one that no line of a header could hold (RFC 5322, 2.1.1).
func listURL(_ url: String?) -> String? {
    guard let url = webURL(url), !url.contains(","), url.utf8.count <= MailMessage.longestURL else { return nil }
    return url
}

/// A dotted name that is safe in a message id and a list id, as long as DNS has them; `fallback` if nothing of `name` is.
func domainText(_ name: String, fallback: String) -> String {
    let labels = name.lowercased().split(separator: ".").map { label in
        String(decoding: label.utf8.filter { isAtomByte($0) && $0 != UInt8(ascii: "'") }, as: UTF8.self)
    }.filter { !$0.isEmpty }
    return labels.isEmpty ? fallback : String(labels.joined(separator: ".").prefix(253))
}
