import FeedModel

extension EntryReading {
    private static let mostMatches = 256
    /// A search begins with little and is begun again with more, so that what it may cost is known before it runs.
    private static let limits: [Int32] = [1, 8, 32]

    /// The words that the matches of a regular expression touch.
    ///
    /// All searches in one entry share a budget of steps; a search that goes beyond it finds nothing.
    func search(_ node: Node) -> UnsafeBufferPointer<Occurrence> {
        let start = placeCount
        guard let pattern = pattern(Int(node.a)) else { return UnsafeBufferPointer(start: places + start, count: 0) }
        for field in EntryField.reading where node.fields.contains(FieldMask(field)) {
            guard var text = text(of: field) else { continue }
            let tokens = tokens(of: field)
            text.withUTF8 { bytes in
                for found in matches(of: pattern, in: bytes) {
                    let words = touched(found, among: tokens)
                    guard !words.isEmpty, placeCount < Self.mostPlaces else { continue }
                    places[placeCount] = Occurrence(token: Int32(words.lowerBound), length: Int32(words.count))
                    placeCount += 1
                }
            }
        }
        return UnsafeBufferPointer(start: places + start, count: placeCount - start)
    }

    private func pattern(_ number: Int) -> Pattern? {
        if let known = patterns[number] { return known }
        // It was compiled once when the file was read, so this cannot fail for the text.
        patterns[number] = try? Pattern(program.patterns[number])
        return patterns[number]
    }

    private func matches(of pattern: Pattern, in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        for limit in Self.limits {
            guard patternSteps > 0 else { return [] }
            patternSteps -= limit == 1 ? 0.5 : Double(limit)
            var found: [Range<Int>] = []
            if pattern.search(text, steps: limit, most: Self.mostMatches, found: { found.append($0) }) { return found }
        }
        return []
    }

    /// The tokens that a stretch of bytes touches, or the next one, if it touches none.
    private func touched(_ bytes: Range<Int>, among tokens: Range<Int>) -> Range<Int> {
        func firstToken(where isReached: (Token) -> Bool) -> Int {
            var (low, high) = (tokens.lowerBound, tokens.upperBound)
            while low < high {
                let middle = (low + high) / 2
                if isReached(buffer.tokens[middle]) { high = middle } else { low = middle + 1 }
            }
            return low
        }
        let first = firstToken { Int($0.end) > bytes.lowerBound }
        let end = firstToken { Int($0.start) >= bytes.upperBound }
        if first < end { return first..<end }
        if first < tokens.upperBound { return first..<(first + 1) }
        return tokens.isEmpty ? tokens : (tokens.upperBound - 1)..<tokens.upperBound
    }
}
