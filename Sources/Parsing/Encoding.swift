import CICU
import FeedModel
import Glibc

/// A document as UTF-8, and how it came to be.
struct DecodedText {
    var bytes: [UInt8]
    /// The encoding really used, as `durbeen parse` prints it.
    var encoding: String
    var problems: [Problem] = []
    /// The bytes of the document are text already: `bytes` is empty until the caller's own are put there, uncopied.
    fileprivate var isAsItCame = false
}

/// Decodes in RFC 7303's order: byte order mark or the zeros around the first characters, `charset` of the content type,
/// XML declaration, UTF-8. A label that the bytes do not fit is reported, and what fits better is used.
func decodeDocument(_ bytes: [UInt8], contentType: String?) -> DecodedText {
    if let (encoding, markLength) = byteOrderMark(bytes) {
        return bytes.withUnsafeBufferPointer { decodeMarked($0[slice: markLength..<$0.count], as: encoding) }
    }
    if let encoding = zeroPattern(bytes) {
        return bytes.withUnsafeBufferPointer { decodeMarked($0, as: encoding) }
    }
    if bytes.starts(with: [0x4C, 0x6F, 0xA7, 0x94]), let text = decodeEBCDIC(bytes) { return text }
    let header = contentType.flatMap { parameter("charset", ofMediaType: $0) }
    var text = bytes.withUnsafeBufferPointer { decodeLabelled($0, labels: [header, declaredEncoding(in: $0)]) }
    if text.isAsItCame { text.bytes = bytes }
    return text
}

/// A parameter of a Content-Type value, quoted with either quote or not; blanks round the equals sign are tolerated.
func parameter(_ name: StaticString, ofMediaType value: String) -> String? {
    value.utf8Span.span.withUnsafeBufferPointer { value in
        // What stands before the first semicolon is the type.
        var start = value.firstIndex { $0 != Byte.semicolon } ?? value.count
        while let semicolon = value.first(Byte.semicolon, from: start) {
            start = semicolon + 1
            let part = value[slice: start..<(value.first(Byte.semicolon, from: start) ?? value.count)]
            guard let equals = part.first(Byte.equals, from: 0) else { continue }
            let found = part[slice: 0..<equals].withoutOuterBlanks
            guard found.count == name.utf8CodeUnitCount, found.begins(with: name, at: 0) else { continue }
            let text = part[slice: (equals + 1)..<part.count].filter {
                $0 != Byte.quote && $0 != Byte.apostrophe && !$0.isBlank
            }
            return text.isEmpty ? nil : String(text)
        }
        return nil
    }
}

// MARK: - Marks and patterns

/// UTF-32 LE begins with the mark of UTF-16 LE, so four bytes are looked at first.
private func byteOrderMark(_ bytes: [UInt8]) -> (encoding: String, length: Int)? {
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) { return ("utf-32le", 4) }
    if bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return ("utf-32be", 4) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return ("utf-8", 3) }
    if bytes.starts(with: [0xFF, 0xFE]) { return ("utf-16le", 2) }
    if bytes.starts(with: [0xFE, 0xFF]) { return ("utf-16be", 2) }
    return nil
}

/// What the zeros beside the first `<` say of a document without a mark (XML 1.0, appendix F.1).
private func zeroPattern(_ bytes: [UInt8]) -> String? {
    guard bytes.count >= 4 else { return nil }
    switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
    case (0x3C, 0, 0, 0): return "utf-32le"
    case (0, 0, 0, 0x3C): return "utf-32be"
    case (0x3C, 0, 1..., 0): return "utf-16le"
    case (0, 0x3C, 0, 1...): return "utf-16be"
    default: return nil
    }
}

private func decodeMarked(_ bytes: ByteView, as encoding: String) -> DecodedText {
    if encoding == "utf-8" {
        if isUTF8(bytes) { return DecodedText(bytes: Array(bytes), encoding: encoding) }
        var text = decodeUnlabelled(bytes)
        text.problems = [Problem("encoding-conflict", "marked as utf-8, but is not; read as \(text.encoding)")]
        return text
    }
    guard let decoded = decode(bytes, label: encoding) else {
        return DecodedText(bytes: [], encoding: encoding, problems: [unreadable(encoding)])
    }
    var text = DecodedText(bytes: decoded.bytes, encoding: encoding)
    if decoded.hasErrors {
        text.problems.append(Problem("encoding-conflict", "bytes that are no \(encoding) were replaced"))
    }
    return text
}

/// EBCDIC's four bytes for `<?xm`: the declaration, readable in any of its pages, names the right one.
private func decodeEBCDIC(_ bytes: [UInt8]) -> DecodedText? {
    bytes.withUnsafeBufferPointer { view in
        let start = decode(view[slice: 0..<min(view.count, 256)], label: "ibm-37")?.bytes ?? []
        let label = start.withUnsafeBufferPointer { declaredEncoding(in: $0) } ?? "ibm-37"
        guard let name = canonicalName(label), let decoded = decode(view, label: name) else { return nil }
        return DecodedText(bytes: decoded.bytes, encoding: label.asciiLowercased)
    }
}

// MARK: - Labels

private func decodeLabelled(_ bytes: ByteView, labels: [String?]) -> DecodedText {
    var problems: [Problem] = []
    var refused: String?
    let candidates = labels.compactMap { $0 }
    for (index, label) in candidates.enumerated() {
        guard let name = canonicalName(label) else {
            problems.append(Problem("encoding-unknown", "nobody knows the encoding \"\(label.prefix(bytes: 40))\""))
            continue
        }
        let others = candidates[(index + 1)...].compactMap { canonicalName($0) }
        guard refused == nil || name != refused, !isOutvoted(name, by: others, bytes), let text = fit(bytes, name)
        else {
            refused = refused ?? name
            continue
        }
        return finish(text, refused: refused, problems: problems)
    }
    if refused == nil && problems.isEmpty && isUTF8(bytes) {
        return DecodedText(bytes: Array(bytes), encoding: "utf-8")
    }
    let text = decodeUnlabelled(bytes)
    if refused == nil && problems.isEmpty {
        problems.append(Problem("encoding-conflict", "no label, and not utf-8; read as \(text.encoding)"))
    }
    return finish(text, refused: refused, problems: problems)
}

private func finish(_ text: DecodedText, refused: String?, problems: [Problem]) -> DecodedText {
    var text = text
    text.problems = problems
    if let refused {
        text.problems.append(
            Problem("encoding-conflict", "bytes do not fit the label \(refused); read as \(text.encoding)"))
    }
    return text
}

/// Servers that add a western charset to every text make this the most common wrong label: what follows says UTF-8, and
/// the bytes are UTF-8, which no accident makes them.
private func isOutvoted(_ name: String, by others: [String], _ bytes: ByteView) -> Bool {
    isWestern(name) && others.contains("utf-8") && bytes.contains { $0 >= 0x80 } && isUTF8(bytes)
}

private func isWestern(_ name: String) -> Bool { ["us-ascii", "iso-8859-1", "windows-1252"].contains(name) }

/// The bytes read as the encoding `name`; nil if they are none.
private func fit(_ bytes: ByteView, _ name: String) -> DecodedText? {
    // The same in all of them.
    if isWestern(name), endOfASCII(in: bytes) == bytes.count {
        return DecodedText(bytes: [], encoding: name, isAsItCame: true)
    }
    switch name {
    case "utf-8":
        return isUTF8(bytes) ? DecodedText(bytes: [], encoding: name, isAsItCame: true) : nil
    case "us-ascii":
        return nil
    case "iso-8859-1":
        // A C1 control in Latin-1 is a sign of windows-1252, as every browser reads it.
        let hasC1 = bytes.contains { (0x80..<0xA0).contains($0) }
        return DecodedText(bytes: windows1252Text(bytes), encoding: hasC1 ? "windows-1252" : name)
    case "windows-1252":
        return DecodedText(bytes: windows1252Text(bytes), encoding: name)
    case "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be":
        return fitWide(bytes, name)
    default:
        guard let decoded = decode(bytes, label: name), !decoded.hasErrors else { return nil }
        return DecodedText(bytes: decoded.bytes, encoding: name)
    }
}

/// UTF-16 and UTF-32 by label alone: only believed if it gives a document.
private func fitWide(_ bytes: ByteView, _ name: String) -> DecodedText? {
    let exact = name == "utf-16" ? "utf-16be" : name == "utf-32" ? "utf-32be" : name
    guard let decoded = decode(bytes, label: exact), !decoded.hasErrors,
        let first = decoded.bytes.first(where: { !$0.isBlank }), first == Byte.less || first == UInt8(ascii: "{")
    else { return nil }
    return DecodedText(bytes: decoded.bytes, encoding: exact)
}

/// UTF-8, also with some bad bytes among the good; else what ICU is sure of; else windows-1252.
func decodeUnlabelled(_ bytes: ByteView) -> DecodedText {
    if isUTF8(bytes) { return DecodedText(bytes: Array(bytes), encoding: "utf-8") }
    let high = bytes.count { $0 >= 0x80 }
    let lossy = String(decoding: bytes, as: UTF8.self)
    // A few bad bytes among many good sequences: the rest is too good to be chance.
    if lossy.unicodeScalars.count(where: { $0.value == 0xFFFD }) * 20 < high {
        return DecodedText(bytes: Array(lossy.utf8), encoding: "utf-8")
    }
    // On a few bytes a guess is a throw of dice.
    let guess =
        high < 24
        ? nil : bytes.withMemoryRebound(to: CChar.self) { durbeen_icu_guess_charset($0.baseAddress, $0.count) }
    if let guess, let name = canonicalName(String(cString: guess)), !isWestern(name), name != "utf-8",
        let text = fit(bytes, name)
    {
        return text
    }
    return DecodedText(bytes: windows1252Text(bytes), encoding: "windows-1252")
}

private func unreadable(_ name: String) -> Problem {
    Problem("encoding-unknown", "nothing here is readable as \(name)")
}

/// The `encoding` of an XML declaration that is readable as ASCII.
func declaredEncoding(in bytes: ByteView) -> String? {
    let start = bytes.firstIndex { !$0.isBlank } ?? 0
    guard bytes.begins(with: "<?xml", at: start), let end = bytes.first(Byte.greater, from: start), end - start < 1024,
        let name = bytes[slice: 0..<end].position(of: Array("encoding".utf8), from: start)
    else { return nil }
    var at = name + 8
    while at < end, bytes[at].isBlank || bytes[at] == Byte.equals { at += 1 }
    guard at < end, bytes[at] == Byte.quote || bytes[at] == Byte.apostrophe else { return nil }
    let close = bytes[slice: 0..<end].first(bytes[at], from: at + 1) ?? end
    return String(bytes[(at + 1)..<close]).trimmedOrNil
}

/// The encoding that a label means on the web, lower case; nil if nobody knows it.
private func canonicalName(_ label: String) -> String? {
    let lower = label.asciiLowercased
    guard lower.utf8.count < 64, lower.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    if let known = aliases[lower] { return known }
    // Not encodings of the web, and able to hide markup from who looks at bytes.
    guard !["utf-7", "imap", "scsu", "bocu", "lmbcs", "cesu"].contains(where: { lower.contains($0) }) else {
        return nil
    }
    return durbeen_icu_knows_charset(lower) ? lower : nil
}

private let aliases: [String: String] = [
    "utf-8": "utf-8", "utf8": "utf-8", "utf_8": "utf-8", "u8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "us-ascii": "us-ascii", "ascii": "us-ascii", "ansi_x3.4-1968": "us-ascii", "us": "us-ascii", "646": "us-ascii",
    "iso-8859-1": "iso-8859-1", "iso8859-1": "iso-8859-1", "iso_8859-1": "iso-8859-1", "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1", "l1": "iso-8859-1", "iso8859": "iso-8859-1", "cp819": "iso-8859-1", "8859": "iso-8859-1",
    "windows-1252": "windows-1252", "cp1252": "windows-1252", "cp-1252": "windows-1252", "x-cp1252": "windows-1252",
    "1252": "windows-1252", "x-ansi": "windows-1252", "ansi": "windows-1252",
    "gb2312": "gb18030", "gb_2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "gb18030": "gb18030", "cp936": "gb18030", "936": "gb18030", "ms936": "gb18030", "chinese": "gb18030",
    "csgb2312": "gb18030", "euc-cn": "gb18030", "iso-ir-58": "gb18030",
    "utf-16": "utf-16", "utf16": "utf-16", "ucs-2": "utf-16", "iso-10646-ucs-2": "utf-16", "csunicode": "utf-16",
    "utf-16le": "utf-16le", "utf-16be": "utf-16be", "utf-32": "utf-32", "utf32": "utf-32", "ucs-4": "utf-32",
    "utf-32le": "utf-32le", "utf-32be": "utf-32be", "cp874": "windows-874", "maccyrillic": "x-mac-cyrillic",
    "mac-cyrillic": "x-mac-cyrillic",
    "koi8": "koi8-r", "sjis": "shift_jis", "x-sjis": "shift_jis", "ks_c_5601-1987": "euc-kr", "x-euc-kr": "euc-kr",
]

// MARK: - Decoding

private func decode(_ bytes: ByteView, label: String) -> (bytes: [UInt8], hasErrors: Bool)? {
    var count = 0
    var hasErrors = false
    let start = bytes.withMemoryRebound(to: CChar.self) {
        durbeen_icu_decode(label, $0.baseAddress, $0.count, &count, &hasErrors)
    }
    guard let start else { return nil }
    defer { free(start) }
    return (Array(UnsafeRawBufferPointer(start: start, count: count)), hasErrors)
}

private func windows1252Text(_ bytes: ByteView) -> [UInt8] {
    var out: [UInt8] = []
    // Two bytes for a letter, three for some signs: room for all of it at once.
    out.reserveCapacity(
        bytes.count + bytes.count(where: { $0 >= 0xA0 }) + bytes.count(where: { $0 >= 0x80 && $0 < 0xA0 }) * 2)
    for byte in bytes {
        if byte < 0x80 { out.append(byte) } else { out.append(codePoint: windows1252Character(UInt32(byte))) }
    }
    return out
}
