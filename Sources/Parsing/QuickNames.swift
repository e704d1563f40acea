/// What names mean to `QuickReader`: the namespaces bound where it is, and the meanings found before.
struct QuickNames {
    private struct Binding {
        /// Empty for the default namespace.
        var prefix: ByteView
        var url: String
        var namespace: Namespace
        /// Tells it from every other binding of the document.
        var serial: Int32
    }

    /// Small, for a document has a table of them to itself.
    private struct Slot {
        /// Empty, under a serial that no binding has, where nothing is known yet.
        var name = ByteView(start: nil, count: 0)
        var serial: Int32 = -1
        var element = Element.other
        var namespace = Namespace.unknown
    }

    private var bound: [Binding] = []
    private var serials: Int32 = 0
    private var defaultBinding: Int?
    private var slots = Array(repeating: Slot(), count: 64)
    /// The namespace URL of the root: a wrong one there is meant as the feed's own.
    private var root: String??

    var bindings: Int { bound.count }
    var defaultURL: String? { defaultBinding.flatMap { bound[$0].url.isEmpty ? nil : bound[$0].url } }

    /// False for a binding that is unusual.
    mutating func bind(_ attribute: QuickAttribute, in bytes: ByteView) -> Bool {
        let prefix = attribute.colon.map { bytes[slice: ($0 + 1)..<attribute.name.upperBound] } ?? bytes[slice: 0..<0]
        let url = String(bytes[attribute.value])
        guard !attribute.needsWork, bound.count < 256, serials < .max else { return false }
        if attribute.colon != nil {
            guard !url.isEmpty, !(prefix.count >= 3 && prefix.begins(with: "xml", at: 0)) else { return false }
        }
        // The two namespaces that may not be bound anew.
        guard !url.hasPrefix("http://www.w3.org/XML/1998"), !url.hasPrefix("http://www.w3.org/2000/xmlns") else {
            return false
        }
        serials += 1
        bound.append(Binding(prefix: prefix, url: url, namespace: Namespace(url: url), serial: serials))
        if attribute.colon == nil { defaultBinding = bound.count - 1 }
        return true
    }

    /// Forgets the bindings that were made after there were `count`.
    mutating func unbind(downTo count: Int) {
        guard bound.count > count else { return }
        bound.removeLast(bound.count - count)
        if let index = defaultBinding, index >= count {
            defaultBinding = bound.lastIndex { $0.prefix.isEmpty }
        }
    }

    /// What the element called `name` is, whose prefix ends before the index `colon` in it; nil for a prefix that is not
    /// bound.
    mutating func name(_ name: ByteView, colon: Int?) -> ElementName? {
        var binding = defaultBinding
        if let colon {
            binding = index(of: name[slice: 0..<colon])
            guard binding != nil else { return nil }
        }
        let serial = binding.map { bound[$0].serial } ?? 0
        let local = name[slice: (colon.map { $0 + 1 } ?? 0)..<name.count]
        // Weighed so that of the names in the entries of RSS, Atom and RDF hardly two meet in a slot.
        let (first, middle, last) = (Int(name[0]), Int(name[name.count / 2]), Int(name[name.count - 1]))
        let index = (name.count &* 11 &+ last &* 14 &+ first &* 7 &+ middle &* 9) & 63
        let slot = slots[index]
        if slot.serial == serial, slot.name.isSame(as: name) {
            return ElementName(element: slot.element, namespace: slot.namespace, local: local)
        }
        let meaning = meaning(of: local, binding: binding)
        slots[index] = Slot(name: name, serial: serial, element: meaning.element, namespace: meaning.namespace)
        return meaning
    }

    /// The namespace of an attribute; nil for a prefix that is not bound.
    func namespace(of attribute: QuickAttribute, in bytes: ByteView) -> Namespace? {
        guard let colon = attribute.colon else { return .core }
        let prefix = bytes[slice: attribute.name.lowerBound..<colon]
        if prefix.count == 3, prefix.holds("xml", at: 0) { return .xml }
        return index(of: prefix).map { bound[$0].namespace }
    }

    private func index(of prefix: ByteView) -> Int? {
        var index = bound.count - 1
        while index >= 0 {
            if bound[index].prefix.isSame(as: prefix) { return index }
            index -= 1
        }
        return nil
    }

    private mutating func meaning(of local: ByteView, binding: Int?) -> ElementName {
        var namespace = binding.map { bound[$0].namespace } ?? .core
        if namespace == .unknown || root == nil {
            let url = binding.flatMap { bound[$0].url.isEmpty ? nil : bound[$0].url }
            if namespace == .unknown, url == root ?? url { namespace = .core }
            if root == nil { root = .some(url) }
        }
        return ElementName(element: Element(local, in: namespace), namespace: namespace, local: local)
    }
}
