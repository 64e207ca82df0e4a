package dev.weir.host;

import dev.weir.host.TrafficControl.Filter;
import dev.weir.sys.Bpf;
import dev.weir.sys.SystemException;
import dev.weir.wire.ClientHash;
import dev.weir.wire.Ethernet;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes Weir's frames away from the host at the ingress of interfaces, and lets only those reach Weir's sockets. Called
 * by one thread at a time; the BPF programs see a change of the matches at once.
 */
final class Interception implements AutoCloseable {
    static final String NAME = "weir_ingress";
    /** A filter's handle tells who made the clsact under it, so that also a stale one can be cleaned up. */
    static final int HANDLE_CLSACT_OURS = 0x7765;
    static final int HANDLE_CLSACT_THERE = 0x7766;
    private static final Logger LOG = LoggerFactory.getLogger(Interception.class);
    private static final int EINVAL = 22;

    private final TrafficControl traffic;
    private final MatchMaps maps = new MatchMaps();
    private final Bpf.Program accept;
    private final Bpf.Program take;
    private final Map<Integer, Integer> handles = new LinkedHashMap<>();
    /** Until the kernel has refused to load such a program. */
    private volatile boolean takesPieces = true;

    Interception(TrafficControl traffic) throws IOException {
        this.traffic = traffic;
        try {
            accept = program(SkbContext.FILTER, "weir_accept");
            take = program(SkbContext.INGRESS, NAME);
        } catch (IOException e) {
            maps.close();
            throw e;
        }
    }

    private Bpf.Program program(SkbContext context, String name) throws IOException {
        return new Bpf.Program(context.type(), name, MatchProgram.assemble(context, maps));
    }

    /**
     * For AF_XDP: see dev.weir.port.XdpPort.Steering. A program for frames in pieces, whatever the MTU is now: it costs
     * nothing, and the MTU may be raised. The caller owns it. Any thread may ask.
     */
    Bpf.Program steering(long hardwareAddress, Bpf.Map sockets) throws IOException {
        if (takesPieces) {
            try {
                return steering(hardwareAddress, sockets, Bpf.ProgramType.XDP_IN_PIECES);
            } catch (IOException e) {
                takesPieces = false;
                LOG.info("frames in several pieces are nothing that this kernel's XDP programs take: {}",
                        e.getMessage());
            }
        }
        return steering(hardwareAddress, sockets, Bpf.ProgramType.XDP);
    }

    private Bpf.Program steering(long hardwareAddress, Bpf.Map sockets, Bpf.ProgramType type) throws IOException {
        return new Bpf.Program(type, "weir_xdp",
                MatchProgram.assemble(new XdpContext(hardwareAddress, sockets.descriptor(), type), maps));
    }

    /** To which of several workers' sockets a frame goes. The caller owns the program. */
    Bpf.Program fanout(ClientHash hash) throws IOException {
        return new Bpf.Program(Bpf.ProgramType.SOCKET_FILTER, "weir_fanout", FanoutProgram.assemble(hash, maps));
    }

    /** At the ingress of a hand-back TAP. The caller owns the program. */
    Bpf.Program handBack(int interfaceIndex) throws IOException {
        return new Bpf.Program(Bpf.ProgramType.SCHED_CLS, HandBackPort.NAME,
                MatchProgram.assemble(new HandBackContext(interfaceIndex), maps));
    }

    /** For the receiving sockets: only Weir's frames pass. */
    int socketFilter() {
        return accept.descriptor();
    }

    /** Whether the program at the ingress takes a frame that begins so. Any thread may ask. */
    boolean takes(byte[] headers) throws SystemException {
        return headers.length >= Ethernet.HEADER_LENGTH && take.testRun(headers, 0) == MatchProgram.TC_ACT_SHOT;
    }

    /** Told what is about to be attached, so that somebody can undo it in any case. */
    interface Announcement {
        void about(int handle, boolean clsactOurs) throws IOException;
    }

    /** Takes frames away from the host from now on. What a director that died has left is replaced. */
    void attach(int interfaceIndex, Announcement announcement) throws IOException {
        boolean made = traffic.addClsact(interfaceIndex);
        for (Filter filter : traffic.ingressFilters(interfaceIndex)) {
            if (filter.name().equals(NAME)) {
                LOG.warn("interface {}: replacing what a director that has died left at its ingress", interfaceIndex);
                made |= filter.handle() == HANDLE_CLSACT_OURS;
                traffic.detach(interfaceIndex, filter);
            }
        }
        int handle = made ? HANDLE_CLSACT_OURS : HANDLE_CLSACT_THERE;
        announcement.about(handle, made);
        handles.put(interfaceIndex, handle);
        traffic.attach(interfaceIndex, handle, NAME, take.descriptor());
    }

    /** Gives the host its frames back; others' filters stay, and so does a clsact that was there or is in use. */
    void detach(int interfaceIndex) throws IOException {
        Integer handle = handles.remove(interfaceIndex);
        if (handle == null) {
            return;
        }
        try {
            traffic.detach(interfaceIndex, TrafficControl.own(handle, NAME));
            if (handle == HANDLE_CLSACT_OURS && traffic.isUnused(interfaceIndex)) {
                traffic.removeClsact(interfaceIndex);
            }
        } catch (SystemException e) {
            // The interface is gone, or somebody else has taken the filter, or its clsact, off.
            if (e.errno() != SystemException.ENODEV && e.errno() != SystemException.ENOENT && e.errno() != EINVAL) {
                throw e;
            }
        }
    }

    /** What comes to health checks goes to that interface. */
    CheckPorts checkPorts(int interfaceIndex) {
        return new CheckPorts(maps, interfaceIndex);
    }

    /** Makes {@code wanted} all that is Weir's. */
    void update(Set<Match> wanted) throws SystemException {
        maps.update(wanted);
    }

    @Override
    public void close() throws IOException {
        try {
            for (int interfaceIndex : Set.copyOf(handles.keySet())) {
                detach(interfaceIndex);
            }
        } finally {
            accept.close();
            take.close();
            maps.close();
        }
    }
}
