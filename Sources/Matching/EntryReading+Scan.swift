import FeedModel

extension EntryReading {
    /// Occurrences of one group kept in one field. More tell nothing new, and cost.
    private static let mostInField = 256
    /// Occurrences of one term in one field.
    private static let mostOfTerm = 64

    /// Looks every token up: one pass over the entry finds every term of every watch.
    ///
    /// - Parameter supportingOnly: only notes which acronyms stand where a title in capitals lends them no shape.
    func scan(supportingOnly: Bool) {
        if supportingOnly { supported = [] }
        for field in EntryField.reading.indices where fieldStarts[field] < fieldStarts[field + 1] {
            // What the body repeats of the summary is passed over.
            let first = field == EntryField.body.place ? repeated.upperBound : fieldStarts[field]
            scan(first..<fieldStarts[field + 1], supportingOnly)
        }
    }

    /// Most words begin no term, which a bit or two say; only for the others is anything looked up.
    private func scan(_ range: Range<Int>, _ supportingOnly: Bool) {
        let (words, prefixes, stemFilter) = (tables.words, tables.prefixes, tables.stemFilter)
        let (tokens, folded) = (UnsafePointer(buffer.tokens), UnsafePointer(buffer.folded))
        let (hasLongPrefixes, hasShortPrefixes, hasStems) = (
            hasLongPrefixes, hasShortPrefixes, hasStems && !supportingOnly
        )
        for at in range {
            let token = tokens + at
            if words.mayHold(token.pointee.hash), let slot = words.slot(token.pointee.hash) {
                take(slot, of: words, at, range, isPrefix: false, supportingOnly)
            }
            // A part of a compound does not stand for itself after a reversing prefix.
            if token.pointee.flags.contains(.reversed) { continue }
            let text = folded + Int(token.pointee.text)
            let length = Int(token.pointee.length)
            if hasLongPrefixes, length >= 4 {
                let key = prefixKey(UInt64(UnsafeRawPointer(text).loadUnaligned(as: UInt32.self)), 4)
                if prefixes.mayHold(key), let slot = prefixes.slot(key) {
                    take(slot, of: prefixes, at, range, isPrefix: true, supportingOnly)
                }
            }
            if hasShortPrefixes { takeShortPrefixes(text, length, at, range, supportingOnly) }
            if hasStems, length >= 2 {
                let two = TermDictionary.stemBit(text, 2)
                let three = length >= 3 ? TermDictionary.stemBit(text, 3) : two
                let bits = stemFilter[two >> 6] >> UInt64(two & 63) | stemFilter[three >> 6] >> UInt64(three & 63)
                if bits & 1 != 0 { takeStem(text, length, token.pointee.hash, at) }
            }
        }
    }

    private func takeShortPrefixes(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ at: Int, _ words: Range<Int>, _ supportingOnly: Bool
    ) {
        for short in program.dictionary.shortPrefixes where short <= length {
            if let slot = tables.prefixes.slot(prefixKey(text, short)) {
                take(slot, of: tables.prefixes, at, words, isPrefix: true, supportingOnly)
            }
        }
    }

    private func take(
        _ slot: TermDictionary.Slot, of table: ProgramTables.Lookup, _ at: Int, _ words: Range<Int>, isPrefix: Bool,
        _ supportingOnly: Bool
    ) {
        let token = buffer.tokens[at]
        let next = at + 1 < words.upperBound ? UInt32(truncatingIfNeeded: buffer.tokens[at + 1].hash) : 1
        let last = at > words.lowerBound ? UInt32(truncatingIfNeeded: buffer.tokens[at - 1].hash) : 1
        for number in Int(slot.first)..<Int(slot.first + slot.count) {
            let candidate = table.candidates[number]
            if candidate.neighbour != 0, candidate.neighbour != next, candidate.neighbour != last { continue }
            guard isPrefix ? candidate.length <= token.length : candidate.length == token.length,
                isSame(candidate.text, token, candidate.length)
            else { continue }
            var occurrence = Occurrence(token: Int32(at), length: 1)
            switch candidate.kind {
            case .word: break
            case .acronym: if !token.flags.contains(.upper) { continue }
            case .phrase:
                guard let found = phrase(candidate.term, at - Int(candidate.anchor), words) else { continue }
                occurrence = found
            }
            if buffer.tokens[Int(occurrence.token)].flags.contains(.reversed) { continue }
            if candidate.kind == .acronym && titleIsAllCapitals {
                // In a title all of capitals every word looks like an acronym: one counts only if it has points or
                // stands elsewhere too.
                let isSupport = token.field != 0 || token.flags.contains(.points)
                if supportingOnly {
                    if isSupport { supported.insert(candidate.term) }
                } else if !isSupport && !supported.contains(candidate.term) {
                    continue
                }
            }
            if !supportingOnly { note(candidate.term, occurrence) }
        }
    }

    private func takeStem(_ text: UnsafePointer<UInt8>, _ length: Int, _ hash: UInt64, _ at: Int) {
        guard let slot = stems.slot(of: text, length, hash: hash) else { return }
        for number in Int(slot.first)..<Int(slot.first + slot.count) {
            note(tables.stems.candidates[number].term, Occurrence(token: Int32(at), length: 1))
        }
    }

    /// The phrase that begins at `start`; nil if it does not.
    private func phrase(_ term: Int32, _ start: Int, _ words: Range<Int>) -> Occurrence? {
        let first = Int(tables.firstPattern[Int(term)])
        let count = Int(tables.firstPattern[Int(term) + 1]) - first
        // It stays within a paragraph: two tags, or a headline and the line under it, make no phrase.
        guard start >= words.lowerBound, start + count <= words.upperBound,
            buffer.tokens[start].paragraph == buffer.tokens[start + count - 1].paragraph
        else { return nil }
        for offset in 0..<count {
            let pattern = tables.patterns[first + offset]
            let token = buffer.tokens[start + offset]
            switch pattern.kind {
            case .acronym:
                guard token.flags.contains(.upper) else { return nil }
                fallthrough
            case .exact, .stem:
                guard token.hash == pattern.hash, token.length == pattern.length else { return nil }
            case .prefix: guard token.length >= pattern.length else { return nil }
            }
            guard isSame(pattern.text, token, pattern.length) else { return nil }
        }
        return Occurrence(token: Int32(start), length: Int32(count))
    }

    /// Whether a token begins with a text of the dictionary.
    @inline(__always)
    private func isSame(_ text: UInt32, _ token: Token, _ count: UInt8) -> Bool {
        let (one, other) = (tables.texts + Int(text), buffer.folded + Int(token.text))
        for offset in 0..<Int(count) where one[offset] != other[offset] { return false }
        return true
    }

    /// A term stands here: every group that it belongs to occurs, and whoever waits for one is to be asked.
    private func note(_ term: Int32, _ occurrence: Occurrence) {
        let place = buffer.tokens[Int(occurrence.token)].field
        let state = terms + Int(term)
        if state.pointee.generation != generation || state.pointee.field != place {
            state.pointee.generation = generation
            state.pointee.field = place
            state.pointee.count = 0
        }
        guard state.pointee.count < Self.mostOfTerm else { return }
        state.pointee.count += 1
        let field = FieldMask(rawValue: 1 << UInt16(place))
        for at in state.pointee.groups.range {
            let group = groups + Int(tables.termGroups[at])
            if group.pointee.generation != generation {
                group.pointee.generation = generation
                group.pointee.fields = []
                group.pointee.count = 0
                group.pointee.last = -1
                group.pointee.overlaps = false
                for at in group.pointee.watches.range { ask(tables.groupWatches[at]) }
            }
            if group.pointee.keepsPlaces || keepsAllPlaces {
                append(occurrence, in: field, to: group)
            } else {
                group.pointee.fields.formUnion(field)
            }
        }
    }

    /// One place in the text is one occurrence of a group, whichever of its terms stand there: what begins first counts,
    /// and of what begins there the longest. What overlaps it is kept for those who ask what stands beside it: of "a a" in
    /// "a a a b" only the second stands beside the b.
    private func append(_ occurrence: Occurrence, in field: FieldMask, to group: UnsafeMutablePointer<GroupState>) {
        if !group.pointee.fields.contains(field) {
            group.pointee.fields.formUnion(field)
            group.pointee.count = 0
        }
        // A phrase found by a later word may begin before what was kept last, which is then part of it.
        var before = group.pointee.last
        var covered: UInt16 = 0
        while before >= 0, cells[Int(before)].occurrence.token >= occurrence.token {
            if cells[Int(before)].occurrence.token == occurrence.token,
                cells[Int(before)].occurrence.length >= occurrence.length
            {
                return
            }
            covered += cells[Int(before)].overlaps ? 0 : 1
            before = cells[Int(before)].previous
        }
        var whole = before
        while whole >= 0, cells[Int(whole)].overlaps { whole = cells[Int(whole)].previous }
        let overlaps = whole >= 0 && cells[Int(whole)].occurrence.end > occurrence.token
        if overlaps && before != group.pointee.last { return }
        guard overlaps || covered > 0 || group.pointee.count < Self.mostInField, cellCount < Self.mostCells
        else { return }
        if overlaps {
            group.pointee.overlaps = true
        } else {
            group.pointee.count = group.pointee.count - min(covered, group.pointee.count) + 1
        }
        cells[cellCount] = Cell(occurrence: occurrence, previous: before, overlaps: overlaps)
        group.pointee.last = Int32(cellCount)
        cellCount += 1
    }
}
