/// `text` with every character that could steer a terminal or a log shown as a visible escape (S13): controls but newline
/// and tab, DEL, C1, and the bidirectional overrides. Ordinary text comes back as it is.
public func visible(_ text: String, keepingNewlines: Bool = true) -> String {
    guard text.unicodeScalars.contains(where: { isHidden($0, keepingNewlines: keepingNewlines) }) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
        if isHidden(scalar, keepingNewlines: keepingNewlines) {
            out += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
        } else {
            out.unicodeScalars.append(scalar)
        }
    }
    return out
}

private func isHidden(_ scalar: Unicode.Scalar, keepingNewlines: Bool) -> Bool {
    switch scalar.value {
    case 0x0A, 0x09: !keepingNewlines
    case 0x00..<0x20, 0x7F...0x9F: true
    // Embeddings, overrides and isolates (UAX 9) and the line separators, which some terminals obey.
    case 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029: true
    default: false
    }
}
