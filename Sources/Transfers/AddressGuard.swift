import CCurl

/// Judges the address of every connection of a handle's transfers: when it is opened, and when one that was kept for another
/// request, perhaps under another policy, is used again (S1, S2). The numbers of the socket count, not how a URL spells them.
final class AddressGuard {
    private let permits: (IPAddress) -> Bool
    /// The address that was refused; nil if none was.
    private(set) var refusal: Refusal?

    init(_ permits: @escaping (IPAddress) -> Bool) { self.permits = permits }

    /// Stands guard over `easy`. The guard must outlive the handle's transfers: it belongs to the `Transfer`, which the loop's
    /// table of active transfers keeps, or to the handle itself.
    func watch(_ easy: OpaqueHandle) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        durbeen_set_open_socket(easy) { context, _, address in
            guard let context, let address else { return CURL_SOCKET_BAD }
            let addresses = Unmanaged<AddressGuard>.fromOpaque(context).takeUnretainedValue()
            return addresses.lets(IPAddress(durbeen_address(address)))
                ? durbeen_open_socket(address) : CURL_SOCKET_BAD
        }
        durbeen_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
        durbeen_set_prereq(easy) { context, remote, _, _, _ in
            guard let context, let remote else { return CURL_PREREQFUNC_ABORT }
            let addresses = Unmanaged<AddressGuard>.fromOpaque(context).takeUnretainedValue()
            return addresses.lets(IPAddress(numeric: remote)) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
        durbeen_set_pointer(easy, CURLOPT_PREREQDATA, context)
    }

    /// For a handle's next transfer.
    func begin() { refusal = nil }

    private func lets(_ address: IPAddress?) -> Bool {
        if let address, permits(address) { return true }
        refusal = .address(address?.description ?? "of an unknown kind")
        return false
    }
}
