package dev.weir.vrrp.address;

import dev.weir.sys.Netlink;
import dev.weir.sys.SystemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is on the host for whom: an instance, or the file itself. What is held is ours, also where it was there before, as
 * with keepalived: a virtual address that somebody had left there goes with the instance.
 */
final class Holdings implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Holdings.class);

    private final Interfaces interfaces;
    private final UndoLog undo;
    private final Netlink requests = Netlink.forRequests();
    private final Map<String, Set<Piece>> held = new LinkedHashMap<>();
    /** Held, and not on the host, because the kernel did not want it; told of once. */
    private final Set<Piece> refused = new HashSet<>();

    Holdings(Interfaces interfaces, UndoLog undo) throws SystemException {
        this.interfaces = interfaces;
        this.undo = undo;
    }

    boolean holds(String holder) {
        return held.containsKey(holder);
    }

    Set<String> holders() {
        return Set.copyOf(held.keySet());
    }

    /** Puts on the host what the holder does not have yet, in order, and takes off what it has beyond that. */
    void hold(String holder, Set<Piece> pieces) {
        Set<Piece> before = held.getOrDefault(holder, Set.of());
        // Before anything goes: what is taken away is held no more, and does not come back by itself.
        held.put(holder, pieces);
        reversed(before).filter(piece -> !pieces.contains(piece)).forEach(piece -> takeOff(piece, true));
        pieces.stream().filter(piece -> !before.contains(piece)).forEach(this::putOn);
    }

    void release(String holder) {
        Set<Piece> before = held.remove(holder);
        if (before != null) {
            reversed(before).forEach(piece -> takeOff(piece, true));
        }
    }

    /** Routes and rules go before the addresses that they need. */
    private static Stream<Piece> reversed(Set<Piece> pieces) {
        return new ArrayList<>(pieces).reversed().stream();
    }

    /**
     * Takes off what an earlier daemon has left there.
     *
     * @return what was there
     */
    List<Piece> clear(Set<Piece> pieces) {
        return reversed(pieces).filter(piece -> takeOff(piece, false)).toList();
    }

    private void putOn(Piece piece) {
        try {
            undo.willDo(piece.undo());
            add(piece);
            refused.remove(piece);
        } catch (IOException e) {
            if (refused.add(piece)) {
                LOG.warn("{} could not be put onto the host, which is tried again when an interface changes: {}",
                        piece.text(), e.getMessage());
            }
        }
    }

    /** @return false where it was there already */
    private boolean add(Piece piece) throws IOException {
        try {
            requests.request(piece.add(interfaces), "ip add " + piece.text());
            return true;
        } catch (SystemException e) {
            if (e.errno() == SystemException.EEXIST) {
                return false;
            }
            throw e;
        }
    }

    /** @return whether it was there */
    private boolean takeOff(Piece piece, boolean guarded) {
        boolean gone = refused.remove(piece);
        boolean found = false;
        try {
            requests.request(piece.remove(interfaces), "ip del " + piece.text());
            found = true;
        } catch (MissingInterfaceException e) {
            LOG.debug("{} went with its interface", piece.text());
        } catch (SystemException e) {
            if (!gone && !isAbsent(e)) {
                LOG.warn("{} could not be taken off the host: {}", piece.text(), e.getMessage());
                return false;
            }
        } catch (IOException e) {
            LOG.debug("{} was not there: {}", piece.text(), e.getMessage());
        }
        if (guarded) {
            forget(piece);
        }
        return found;
    }

    private void forget(Piece piece) {
        try {
            undo.undone(piece.undo());
        } catch (IOException e) {
            LOG.debug("the guardian is not there any more: {}", e.getMessage());
        }
    }

    private static boolean isAbsent(SystemException e) {
        return switch (e.errno()) {
            case SystemException.ENOENT, SystemException.ESRCH, SystemException.ENODEV,
                    SystemException.EADDRNOTAVAIL ->
                true;
            default -> false;
        };
    }

    /**
     * Puts back what somebody took off, and what the kernel refused before.
     *
     * @return what was put back, by holder
     */
    Map<String, List<Piece>> restore() {
        Map<String, List<Piece>> restored = new LinkedHashMap<>();
        held.forEach((holder, pieces) -> pieces.forEach(piece -> {
            boolean wasRefused = refused.contains(piece);
            if (wasRefused || piece.tracked() && !seen(piece)) {
                try {
                    if (add(piece)) {
                        restored.computeIfAbsent(holder, _ -> new ArrayList<>()).add(piece);
                    }
                    refused.remove(piece);
                } catch (IOException e) {
                    if (refused.add(piece)) {
                        LOG.warn("{} was taken off the host and could not be put back: {}", piece.text(),
                                e.getMessage());
                    }
                }
            }
        }));
        return restored;
    }

    /** Whether it is held, and not on the host. */
    boolean lacks(Piece piece) {
        return refused.contains(piece);
    }

    boolean lacksAny() {
        return !refused.isEmpty();
    }

    /** Addresses are mirrored; of routes and rules only the kernel knows, by refusing to add them twice. */
    private boolean seen(Piece piece) {
        if (piece instanceof Piece.Address address) {
            Device device = interfaces.named(address.device());
            return device != null && interfaces.addresses(device).contains(address.address().address());
        }
        return false;
    }

    /** Takes all off. */
    @Override
    public void close() {
        new LinkedHashSet<>(held.keySet()).forEach(this::release);
        requests.close();
    }
}
