import FeedModel

extension EntryReading {
    /// Occurrences of one group kept in one field. More tell nothing new, and cost.
    private static let mostInField = 256

    /// Looks every token up: one pass over the entry finds every term of every watch.
    ///
    /// - Parameter supportingOnly: only notes which acronyms stand where a title in capitals lends them no shape.
    func scan(supportingOnly: Bool) {
        if supportingOnly { supported = [] }
        let dictionary = program.dictionary
        let hasStems = dictionary.hasStems
        let wordFilter = dictionary.words.filter.span
        let wordBits = UInt64(wordFilter.count * 64 - 1)
        let prefixFilter = dictionary.prefixes.filter.span
        let prefixBits = UInt64(prefixFilter.count * 64 - 1)
        let stemFilter = dictionary.stemFilter.span
        let tokens = buffer.tokens
        let folded = buffer.folded
        for field in EntryField.reading.indices {
            let end = fieldStarts[field + 1]
            for at in fieldStarts[field]..<end where !repeated.contains(at) {
                let token = tokens[at]
                // A part of a compound does not stand for itself after a reversing prefix.
                if token.flags.contains(.reversed) { continue }
                let text = UnsafePointer(folded + Int(token.text))
                let length = Int(token.length)
                let spread = mix(token.hash)
                if wordFilter[Int((spread & wordBits) >> 6)] >> (spread & 63) & 1 != 0 {
                    lookUp(
                        token.hash, spread, in: dictionary.words, dictionary, at, end, isPrefix: false, supportingOnly)
                }
                if dictionary.hasLongPrefixes, length >= 4 {
                    let key = prefixKey(text, 4)
                    let spread = mix(key)
                    if prefixFilter[Int((spread & prefixBits) >> 6)] >> (spread & 63) & 1 != 0 {
                        lookUp(
                            key, spread, in: dictionary.prefixes, dictionary, at, end, isPrefix: true, supportingOnly)
                    }
                }
                for short in dictionary.shortPrefixes where short <= length {
                    let key = prefixKey(text, short)
                    lookUp(key, mix(key), in: dictionary.prefixes, dictionary, at, end, isPrefix: true, supportingOnly)
                }
                if hasStems, length >= 2, !supportingOnly {
                    let two = TermDictionary.stemBit(text, 2)
                    let three = length >= 3 ? TermDictionary.stemBit(text, 3) : two
                    if (stemFilter[two >> 6] >> UInt64(two & 63) | stemFilter[three >> 6] >> UInt64(three & 63)) & 1
                        != 0
                    {
                        lookUpStem(text, length, token.hash, dictionary, at)
                    }
                }
            }
        }
    }

    private func lookUp(
        _ key: UInt64, _ spread: UInt64, in table: TermDictionary.Table, _ dictionary: TermDictionary, _ at: Int,
        _ end: Int, isPrefix: Bool, _ supportingOnly: Bool
    ) {
        guard let slot = table.slot(key, spread) else { return }
        let token = buffer.tokens[at]
        for number in Int(slot.first)..<Int(slot.first + slot.count) {
            let candidate = table.candidates[number]
            guard isPrefix ? candidate.length <= token.length : candidate.length == token.length,
                dictionary.texts.holds(candidate.text, buffer.folded + Int(token.text), Int(candidate.length))
            else { continue }
            var length: Int32 = 1
            switch candidate.kind {
            case .word: break
            case .acronym: if !token.flags.contains(.upper) { continue }
            case .phrase:
                guard let found = phrase(candidate.term, dictionary, at, end) else { continue }
                length = found
            }
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
            if !supportingOnly { note(candidate.term, Occurrence(token: Int32(at), length: length)) }
        }
    }

    private func lookUpStem(
        _ text: UnsafePointer<UInt8>, _ length: Int, _ hash: UInt64, _ dictionary: TermDictionary, _ at: Int
    ) {
        let place = stems.slot(of: text, length, hash: hash, in: dictionary)
        guard place >= 0 else { return }
        let slot = dictionary.stems.slots[Int(place)]
        for number in Int(slot.first)..<Int(slot.first + slot.count) {
            note(dictionary.stems.candidates[number].term, Occurrence(token: Int32(at), length: 1))
        }
    }

    /// The length of a phrase whose first word stands at `at`; nil if the others do not follow.
    private func phrase(_ term: Int32, _ dictionary: TermDictionary, _ at: Int, _ end: Int) -> Int32? {
        let first = Int(dictionary.firstPattern[Int(term)])
        let count = Int(dictionary.firstPattern[Int(term) + 1]) - first
        guard at + count <= end else { return nil }
        for offset in 0..<count {
            let pattern = dictionary.patterns[first + offset]
            let token = buffer.tokens[at + offset]
            switch pattern.kind {
            case .acronym: guard token.flags.contains(.upper) else { return nil }; fallthrough
            case .exact, .stem:
                guard token.hash == pattern.hash, token.length == pattern.length else { return nil }
            case .prefix: guard token.length >= pattern.length else { return nil }
            }
            guard dictionary.texts.holds(pattern.text, buffer.folded + Int(token.text), Int(pattern.length)) else {
                return nil
            }
        }
        return Int32(count)
    }

    /// A term stands here: every group that it belongs to occurs, and whoever waits for one is to be asked.
    private func note(_ term: Int32, _ occurrence: Occurrence) {
        let field = FieldMask(rawValue: 1 << UInt16(buffer.tokens[Int(occurrence.token)].field))
        for at in Int(program.firstGroup[Int(term)])..<Int(program.firstGroup[Int(term) + 1]) {
            let group = Int(program.termGroups[at])
            if groups[group].generation != generation {
                groups[group] = GroupState(generation: generation, fields: [], count: 0, first: -1, last: -1)
                for at in Int(program.firstWatch[group])..<Int(program.firstWatch[group + 1]) {
                    ask(program.groupWatches[at])
                }
            }
            append(occurrence, in: field, to: group)
        }
    }

    /// One place in the text is one occurrence of a group, whichever of its terms stand there: the longest counts.
    private func append(_ occurrence: Occurrence, in field: FieldMask, to group: Int) {
        let last = groups[group].last
        if last >= 0, occurrence.token < cells[Int(last)].occurrence.end {
            if occurrence.token == cells[Int(last)].occurrence.token {
                cells[Int(last)].occurrence.length = max(cells[Int(last)].occurrence.length, occurrence.length)
            }
            return
        }
        if !groups[group].fields.contains(field) {
            groups[group].fields.formUnion(field)
            groups[group].count = 0
        }
        guard groups[group].count < Self.mostInField, cellCount < Self.mostCells else { return }
        groups[group].count += 1
        cells[cellCount] = Cell(occurrence: occurrence, next: -1)
        if last >= 0 { cells[Int(last)].next = Int32(cellCount) } else { groups[group].first = Int32(cellCount) }
        groups[group].last = Int32(cellCount)
        cellCount += 1
    }
}

extension TermDictionary.Table {
    @inline(__always)
    func slot(_ key: UInt64, _ spread: UInt64) -> TermDictionary.Slot? {
        var at = Int(spread >> 20) & (slots.count - 1)
        while slots[at].count != 0 {
            if slots[at].key == key { return slots[at] }
            at = (at + 1) & (slots.count - 1)
        }
        return nil
    }
}

extension TermDictionary {
    /// The place among `stems.slots` of a stem; -1 if no term has it.
    func slot(ofStem stem: UnsafePointer<UInt8>, _ length: Int) -> Int32 {
        let key = wordHash(stem, length)
        var at = Int(mix(key) >> 20) & (stems.slots.count - 1)
        while stems.slots[at].count != 0 {
            if stems.slots[at].key == key {
                let candidate = stems.candidates[Int(stems.slots[at].first)]
                let isSame = Int(candidate.length) == length && texts.holds(candidate.text, stem, length)
                return isSame ? Int32(at) : -1
            }
            at = (at + 1) & (stems.slots.count - 1)
        }
        return -1
    }
}

extension [UInt8] {
    /// Whether `count` bytes from `start` are those at `other`.
    @inline(__always)
    fileprivate func holds(_ start: UInt32, _ other: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for offset in 0..<count where self[Int(start) + offset] != other[offset] { return false }
        return true
    }
}
