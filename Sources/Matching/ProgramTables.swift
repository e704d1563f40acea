import FeedModel

/// A program as every reading of an entry uses it: plain numbers in plain memory, so that asking costs neither reference
/// counts nor copies. Made once, shared by all readings, never changed.
///
/// `@unchecked` because of the pointers: what they point to is written here and nowhere else, and freed with the last user.
final class ProgramTables: @unchecked Sendable {
    /// Where something of a watch stands in the table of all watches' gates or lines.
    struct Span: BitwiseCopyable {
        var first: Int32
        var count: Int32

        var range: Range<Int> { Int(first)..<Int(first + count) }

        init(first: Int32, count: Int32) {
            self.first = first
            self.count = count
        }

        /// Item `number` of lists laid out one behind the other; `starts` says where each begins, and has one more.
        init(_ starts: [Int32], _ number: Int) {
            self.init(first: starts[number], count: starts[number + 1] - starts[number])
        }
    }

    struct Gate: BitwiseCopyable {
        var line: Int32
        var node: Int32
    }

    struct WeightedLine: BitwiseCopyable {
        var line: Int32
        var node: Int32
        var weight: Double
        /// Infinite if the line names none.
        var ceiling: Double
    }

    struct Watch: BitwiseCopyable {
        var threshold: Double
        var cap: Double
        /// By name among all watches, and by priority.
        var nameRank: Int32
        var priority: Int32
        var musts: Span
        var nevers: Span
        var lines: Span
        /// Whether it looks at where the entry comes from, or at the calendar.
        var asksSource: Bool
    }

    /// A table of the dictionary.
    struct Lookup {
        let slots: UnsafePointer<TermDictionary.Slot>
        let slotMask: Int
        let filter: UnsafePointer<UInt64>
        let filterMask: UInt64
        let candidates: UnsafePointer<TermDictionary.Candidate>

        init(_ table: TermDictionary.Table) {
            slots = frozen(table.slots)
            slotMask = table.slots.count - 1
            filter = frozen(table.filter)
            filterMask = UInt64(table.filter.count * 64 - 1)
            candidates = frozen(table.candidates)
        }

        /// False if the key has no slot; nearly always that is all there is to know.
        @inline(__always)
        func mayHold(_ key: UInt64) -> Bool {
            let bit = filterBit(key) & filterMask
            return filter[Int(truncatingIfNeeded: bit >> 6)] >> (bit & 63) & 1 != 0
        }

        /// The slot of a key, if it has one.
        func slot(_ key: UInt64) -> TermDictionary.Slot? {
            var at = slotIndex(key) & slotMask
            while slots[at].count != 0 {
                if slots[at].key == key { return slots[at] }
                at = (at + 1) & slotMask
            }
            return nil
        }

        fileprivate func free() {
            slots.deallocate()
            filter.deallocate()
            candidates.deallocate()
        }
    }

    let program: Program
    let nodes: UnsafePointer<Node>
    let children: UnsafePointer<Int32>
    let gates: UnsafePointer<Gate>
    let lines: UnsafePointer<WeightedLine>
    let watches: UnsafePointer<Watch>
    let termGroups: UnsafePointer<Int32>
    let groupWatches: UnsafePointer<Int32>
    let words: Lookup
    let prefixes: Lookup
    let stems: Lookup
    let stemFilter: UnsafePointer<UInt64>
    let patterns: UnsafePointer<TermDictionary.Pattern>
    let firstPattern: UnsafePointer<Int32>
    let texts: UnsafePointer<UInt8>

    init(_ program: Program) {
        self.program = program
        nodes = frozen(program.nodes)
        children = frozen(program.children)
        var layout = WatchLayout(program.watches)
        watches = frozen(program.watches.indices.map { layout.add(program.watches[$0], $0) })
        gates = frozen(layout.gates)
        lines = frozen(layout.lines)
        termGroups = frozen(program.termGroups)
        groupWatches = frozen(program.groupWatches)
        words = Lookup(program.dictionary.words)
        prefixes = Lookup(program.dictionary.prefixes)
        stems = Lookup(program.dictionary.stems)
        stemFilter = frozen(program.dictionary.stemFilter)
        patterns = frozen(program.dictionary.patterns)
        firstPattern = frozen(program.dictionary.firstPattern)
        texts = frozen(program.dictionary.texts)
    }

    deinit {
        nodes.deallocate()
        children.deallocate()
        gates.deallocate()
        lines.deallocate()
        watches.deallocate()
        termGroups.deallocate()
        groupWatches.deallocate()
        words.free()
        prefixes.free()
        stems.free()
        stemFilter.deallocate()
        patterns.deallocate()
        firstPattern.deallocate()
        texts.deallocate()
    }
}

/// The gates and lines of all watches, one behind the other.
private struct WatchLayout {
    private(set) var gates: [ProgramTables.Gate] = []
    private(set) var lines: [ProgramTables.WeightedLine] = []
    private var nameRanks: [Int32]

    init(_ watches: [CompiledWatch]) {
        nameRanks = Array(repeating: 0, count: watches.count)
        let byName = watches.indices.sorted { watches[$0].watch.name < watches[$1].watch.name }
        for (rank, number) in byName.enumerated() { nameRanks[number] = Int32(rank) }
    }

    mutating func add(_ watch: CompiledWatch, _ number: Int) -> ProgramTables.Watch {
        let first = Int32(lines.count)
        for line in watch.lines {
            lines.append(
                ProgramTables.WeightedLine(
                    line: Int32(clamping: line.line), node: line.node, weight: line.weight,
                    ceiling: line.ceiling ?? .infinity))
        }
        return ProgramTables.Watch(
            threshold: watch.watch.threshold, cap: watch.cap ?? .infinity, nameRank: nameRanks[number],
            priority: Int32(watch.watch.priority), musts: add(watch.musts), nevers: add(watch.nevers),
            lines: ProgramTables.Span(first: first, count: Int32(watch.lines.count)),
            asksSource: !watch.scopes.isEmpty || !watch.languages.isEmpty || watch.mutedUntil != nil)
    }

    private mutating func add(_ some: [CompiledWatch.Gate]) -> ProgramTables.Span {
        let first = Int32(gates.count)
        gates += some.map { ProgramTables.Gate(line: Int32(clamping: $0.line), node: $0.node) }
        return ProgramTables.Span(first: first, count: Int32(some.count))
    }
}

/// A copy of an array in memory of its own; the caller frees it.
private func frozen<Element>(_ array: [Element]) -> UnsafePointer<Element> {
    // One more, so that an empty array has a place too.
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: array.count + 1)
    memory.initialize(from: array, count: array.count)
    return UnsafePointer(memory)
}
