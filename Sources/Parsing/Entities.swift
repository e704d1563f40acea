import CXML2

/// Named character references of HTML 4, from libxml2's table, and those of HTML 5 that feeds are seen to use.
enum Entities {
    /// The code point of the reference called `name`, which is at most 10 bytes of ASCII; nil if nobody knows it.
    static func codePoint(named name: some Collection<UInt8>) -> UInt32? {
        (1...10).contains(name.count) ? known[packed(name)] : nil
    }

    /// By their names, up to ten bytes as one number: libxml2 looks through its table from the beginning, and a hostile document
    /// has millions of references.
    private static let known: [UInt128: UInt32] = {
        var known: [UInt128: UInt32] = [:]
        for (name, value) in later { known[packed(name.utf8)] = value }
        for value in named.joined() {
            guard let name = htmlEntityValueLookup(value)?.pointee.name else { continue }
            known[packed(String(cString: name).utf8)] = value
        }
        return known
    }()

    /// Where the characters lie that HTML 4 names, from the quotation mark to the suit of diamonds: each question makes libxml2
    /// look through its table.
    private static let named: [ClosedRange<UInt32>] = [
        0x22...0x3E, 0xA0...0xFF, 0x152...0x192, 0x2C6...0x2DC, 0x391...0x3D6, 0x2002...0x203E, 0x2044...0x2044,
        0x20AC...0x20AC, 0x2111...0x2135, 0x2190...0x21D4, 0x2200...0x22C5, 0x2308...0x232A, 0x25CA...0x25CA,
        0x2660...0x2666,
    ]

    private static func packed(_ name: some Collection<UInt8>) -> UInt128 {
        name.reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// `raw` with its references replaced once. A name that is none of HTML's stays as it is.
    static func expanded(_ raw: ByteView) -> [UInt8] {
        var out: [UInt8] = []
        var from = 0
        while let ampersand = raw.first(Byte.ampersand, from: from) {
            out.append(contentsOf: raw[slice: from..<ampersand])
            if let (codePoint, end) = reference(in: raw, at: ampersand) {
                out.append(codePoint: codePoint)
                from = end
            } else {
                out.append(Byte.ampersand)
                from = ampersand + 1
            }
        }
        out.append(contentsOf: raw[slice: from..<raw.count])
        return out
    }

    /// The reference that begins at `bytes[start]`, an ampersand: its code point and the index after it. References to
    /// C1 controls mean windows-1252. Without a semicolon only numbers and the names that HTML grew up with count.
    static func reference(in bytes: ByteView, at start: Int) -> (codePoint: UInt32, end: Int)? {
        var at = start + 1
        guard at < bytes.count else { return nil }
        if bytes[at] == Byte.hash { return number(in: bytes, at: at + 1) }
        while at < bytes.count, at - start <= 10, bytes[at].isLetter || bytes[at].isDigit { at += 1 }
        let name = bytes[slice: (start + 1)..<at]
        guard let value = codePoint(named: name) else { return nil }
        if at < bytes.count, bytes[at] == Byte.semicolon { return (value, at + 1) }
        let isOld = (0xA0...0xFF).contains(value) || [0x26, 0x3C, 0x3E, 0x22].contains(value)
        guard isOld, at == bytes.count || !(bytes[at].isLetter || bytes[at].isDigit || bytes[at] == Byte.equals) else {
            return nil
        }
        return (value, at)
    }

    private static func number(in bytes: ByteView, at start: Int) -> (codePoint: UInt32, end: Int)? {
        var at = start
        let isHex = at < bytes.count && bytes[at] | 0x20 == UInt8(ascii: "x")
        if isHex { at += 1 }
        let first = at
        var value: UInt32 = 0
        while at < bytes.count, let digit = digit(bytes[at], isHex: isHex) {
            // Stays above the last code point instead of overflowing.
            value = min(value * (isHex ? 16 : 10) + digit, 0x110000)
            at += 1
        }
        guard at > first else { return nil }
        if at < bytes.count, bytes[at] == Byte.semicolon { at += 1 }
        return (windows1252Character(value), at)
    }

    private static func digit(_ byte: UInt8, isHex: Bool) -> UInt32? {
        if byte.isDigit { return UInt32(byte - 0x30) }
        let letter = byte | 0x20
        return isHex && letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "f") ? UInt32(letter - 87) : nil
    }

    private static let later: [String: UInt32] = [
        "apos": 0x27, "period": 0x2E, "comma": 0x2C, "colon": 0x3A, "semi": 0x3B, "excl": 0x21, "quest": 0x3F,
        "lpar": 0x28, "rpar": 0x29, "num": 0x23, "percnt": 0x25, "sol": 0x2F, "bsol": 0x5C, "commat": 0x40,
        "hyphen": 0x2010, "dash": 0x2010, "NewLine": 0x0A, "Tab": 0x09, "lowbar": 0x5F, "ast": 0x2A, "plus": 0x2B,
        "equals": 0x3D, "dollar": 0x24, "lsqb": 0x5B, "lbrack": 0x5B, "rsqb": 0x5D, "rbrack": 0x5D, "lcub": 0x7B,
        "lbrace": 0x7B, "rcub": 0x7D, "rbrace": 0x7D, "verbar": 0x7C, "vert": 0x7C, "grave": 0x60, "horbar": 0x2015,
        "rsquor": 0x2019, "rdquor": 0x201D, "mldr": 0x2026, "nldr": 0x2025, "numsp": 0x2007, "puncsp": 0x2008,
        "hairsp": 0x200A, "NoBreak": 0x2060, "AMP": 0x26, "LT": 0x3C, "GT": 0x3E, "QUOT": 0x22, "COPY": 0xA9,
        "REG": 0xAE, "Scaron": 0x160, "ccaron": 0x10D, "Ccaron": 0x10C, "zcaron": 0x17E, "Zcaron": 0x17D,
        "cacute": 0x107, "Cacute": 0x106, "nacute": 0x144, "sacute": 0x15B, "zdot": 0x17C, "lstrok": 0x142,
        "Lstrok": 0x141, "eogon": 0x119, "aogon": 0x105, "inodot": 0x131, "imath": 0x131, "gbreve": 0x11F,
        "scedil": 0x15F, "Scedil": 0x15E, "abreve": 0x103, "tcedil": 0x163, "amacr": 0x101, "imacr": 0x12B,
    ]
}
