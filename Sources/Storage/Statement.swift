import CSQLite
import FeedModel

/// A prepared statement that answers nothing, for many rows one after the other.
struct Statement {
    let handle: OpaquePointer
    let connection: Connection

    /// Runs the statement with these values, which SQLite reads where they lie: nothing is copied once more for each row.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    func run(_ values: borrowing Bindings) throws(StoreError) -> Int {
        var answer: Result<Int, StoreError> = .success(0)
        values.withPlaces { places, base in
            for (index, place) in places.enumerated() { Self.bind(place, base, to: Int32(index + 1), of: handle) }
            do throws(StoreError) { answer = .success(try connection.finish(handle)) } catch {
                answer = .failure(error)
            }
            // What lies elsewhere by the time of the next run must not be read then.
            for (index, place) in places.enumerated() where place.isAddress {
                sqlite3_bind_null(handle, Int32(index + 1))
            }
        }
        return try answer.get()
    }

    // Binding fails only for an index that the statement does not have, or for what no row could hold.
    private static func bind(
        _ place: Bindings.Place, _ base: UnsafePointer<UInt8>, to index: Int32, of handle: OpaquePointer
    ) {
        switch place {
        case .null: sqlite3_bind_null(handle, index)
        case .integer(let number): sqlite3_bind_int64(handle, index, number)
        case .real(let number): sqlite3_bind_double(handle, index, number)
        case .text(let start, let count):
            UnsafeRawPointer(base + start).withMemoryRebound(to: CChar.self, capacity: count) {
                _ = sqlite3_bind_text(handle, index, $0, Int32(clamping: count), nil)
            }
        case .blob(let start, let count): sqlite3_bind_blob(handle, index, base + start, Int32(clamping: count), nil)
        }
    }
}

/// What a statement is run with: values in the order of its placeholders, their bytes one after the other. Used again for the
/// next row.
struct Bindings {
    enum Place {
        case null
        case integer(Int64)
        case real(Double)
        case text(start: Int, count: Int)
        case blob(start: Int, count: Int)

        var isAddress: Bool {
            switch self {
            case .null, .integer, .real: false
            case .text, .blob: true
            }
        }
    }

    private var places: [Place] = []
    private var bytes: [UInt8] = []

    mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        // The room that one entry of megabytes took is not kept for months.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 18)
    }

    mutating func add(_ number: Int64?) { places.append(number.map(Place.integer) ?? .null) }

    /// What is no number is zero: SQLite would make it NULL.
    mutating func add(_ number: Double) { places.append(.real(number.isNaN ? 0 : number)) }

    mutating func add(_ flag: Bool) { places.append(.integer(flag ? 1 : 0)) }

    mutating func add(_ text: String?) {
        guard var text else { return places.append(.null) }
        let start = bytes.count
        text.withUTF8 { bytes.append(contentsOf: $0) }
        places.append(.text(start: start, count: bytes.count - start))
    }

    /// Adds the text that `write` appends; NULL if it appends nothing.
    mutating func addText(_ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        write(&bytes)
        places.append(bytes.count == start ? .null : .text(start: start, count: bytes.count - start))
    }

    /// Adds a blob of 16 bytes a key; NULL if there is none.
    mutating func add(_ keys: [IdentityKey]) {
        let start = bytes.count
        for key in keys { key.withBytes { bytes.append(contentsOf: $0) } }
        places.append(keys.isEmpty ? .null : .blob(start: start, count: bytes.count - start))
    }

    mutating func add(_ key: IdentityKey) {
        places.append(.blob(start: bytes.count, count: 16))
        key.withBytes { bytes.append(contentsOf: $0) }
    }

    /// - Parameter body: is given the address of the first byte, which is one even if there are no bytes: SQLite takes none for
    ///   NULL.
    func withPlaces(_ body: (_ places: [Place], _ base: UnsafePointer<UInt8>) -> Void) {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                return withUnsafePointer(to: 0 as UInt8) { body(places, $0) }
            }
            body(places, base)
        }
    }
}
