import FeedModel

/// Lines that are filled up to a width, and what parts them.
struct Lines {
    private(set) var text = ""
    let width: Int
    let softBreak: String
    let isColored: Bool

    init(width: Int, softBreak: String, isColored: Bool) {
        self.width = width
        self.softBreak = softBreak
        self.isColored = isColored
    }

    mutating func blank() { text += "\n" }

    mutating func rule(_ mark: String) { text += toned(String(repeating: mark, count: width), .quiet) + "\n" }

    /// A line that is never broken.
    mutating func addWhole(_ line: String, _ tone: PlainTextDigest.Tone) { text += toned(line, tone) + "\n" }

    mutating func add(_ line: String, _ tone: PlainTextDigest.Tone = .normal) { add([(line, tone)]) }

    /// The pieces as one paragraph, broken between words. A word longer than a line has one of its own.
    mutating func add(_ pieces: [(text: String, tone: PlainTextDigest.Tone)]) {
        var column = 0
        var word: [(Character, PlainTextDigest.Tone)] = []
        var line: [(Character, PlainTextDigest.Tone)] = []
        func place() {
            guard !word.isEmpty else { return }
            let size = word.reduce(0) { $0 + columns($1.0) }
            if column > 0, column + 1 + size > width {
                text += toned(line) + softBreak
                line = []
                column = 0
            }
            if column > 0 {
                line.append((" ", word[0].1 == line.last?.1 ? word[0].1 : .normal))
                column += 1
            }
            line += word
            column += size
            word = []
        }
        for piece in pieces {
            for character in piece.text {
                if character == " " { place() } else { word.append((character, piece.tone)) }
            }
        }
        place()
        text += toned(line) + "\n"
    }

    private func toned(_ line: String, _ tone: PlainTextDigest.Tone) -> String {
        guard isColored, tone != .normal, !line.isEmpty else { return line }
        return "\u{1B}[\(tone.rawValue)m\(line)\u{1B}[0m"
    }

    private func toned(_ line: [(Character, PlainTextDigest.Tone)]) -> String {
        var out = ""
        var run = ""
        var tone = PlainTextDigest.Tone.normal
        for (character, next) in line {
            if next != tone {
                out += toned(run, tone)
                run = ""
                tone = next
            }
            run.append(character)
        }
        return out + toned(run, tone)
    }
}

/// The columns a terminal gives to text: two for the wide letters of East Asia and for pictures, none for marks over letters.
func columns(_ text: String) -> Int { text.reduce(0) { $0 + columns($1) } }

private func columns(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    switch first.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        return 2
    default: return first.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
}
