package dev.weir.replay;

import dev.weir.engine.DropReason;
import dev.weir.engine.FrameCounters;
import dev.weir.ipvsadm.Result;
import dev.weir.port.CaptureFile;
import dev.weir.port.PcapFilePort;
import dev.weir.route.Routes;
import dev.weir.service.ServiceKey;
import dev.weir.service.Services;
import dev.weir.wire.Ethernet;
import dev.weir.wire.Frame;
import dev.weir.wire.IpAddress;
import dev.weir.wire.Packet;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Weir would do with the traffic of a capture, by the capture's clock. */
final class CaptureReplay {
    private static final long BOUND = Long.MAX_VALUE;
    /** After the last frame the clock runs on until no fragment waits for its rest any more. */
    private static final long AFTERWARDS_NANOS = 61_000_000_000L;
    private final Path capture;
    private final Path rules;
    private final Path output;
    private final @Nullable Path topologyFile;
    private long now;

    CaptureReplay(Path capture, Path rules, Path output, @Nullable Path topologyFile) {
        this.capture = capture;
        this.rules = rules;
        this.output = output;
        this.topologyFile = topologyFile;
    }

    private static final class Arrival {
        private final long nanos;
        private final byte[] frame;

        Arrival(long nanos, byte[] frame) {
            this.nanos = nanos;
            this.frame = frame;
        }
    }

    void run(PrintStream out) throws IOException {
        if (Files.exists(output) && Files.isSameFile(capture, output)) {
            throw new BadFileException(output, "would be overwritten: -o must name another file");
        }
        List<String> lines = ruleLines();
        List<Arrival> arrivals = new ArrayList<>();
        long cut = read(arrivals);
        if (arrivals.isEmpty()) {
            throw new BadFileException(capture, "no whole frame in it");
        }
        now = arrivals.getFirst().nanos;
        Topology topology;
        Routes routes;
        if (topologyFile != null) {
            topology = RecordingReader.readTopology(topologyFile);
            routes = topology.staticRoutes();
        } else {
            topology = OneLink.topology(directorsAddress(arrivals, virtualAddresses(lines)));
            routes = new OneLink();
        }
        try (MemoryDirector director = new MemoryDirector(topology, routes, now);
                CaptureFile written = CaptureFile.create(output, BOUND)) {
            load(director, lines);
            long sent = 0;
            for (Arrival arrival : arrivals) {
                now = Math.max(now, arrival.nanos);
                director.advance(now);
                sent += write(director, written);
                director.arrive(link(topology, arrival.frame), arrival.frame);
                sent += write(director, written);
            }
            now += AFTERWARDS_NANOS;
            director.advance(now);
            sent += write(director, written);
            report(out, director, sent, cut);
        }
    }

    private List<String> ruleLines() throws IOException {
        try {
            return Files.readAllLines(rules);
        } catch (NoSuchFileException e) {
            throw new BadFileException(rules, "no such file");
        }
    }

    /** A line each, so that what is wrong is found by its line. */
    private void load(MemoryDirector director, List<String> lines) throws IOException {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            Result result = director.ipvsadm(List.of("--restore"), lines.get(i) + "\n");
            if (result.exit() != 0 || !result.stderr().isEmpty()) {
                throw new BadFileException(rules, i + 1,
                        "not a rule as \"ipvsadm -S\" writes it: " + result.stderr().strip());
            }
        }
    }

    /** @return how many frames the capture holds only the beginning of */
    private long read(List<Arrival> arrivals) throws IOException {
        if (!Files.isReadable(capture)) {
            throw new BadFileException(capture, "no such file, or not to be read");
        }
        Frame[] burst = {new Frame()};
        try (PcapFilePort in = PcapFilePort.open(OneLink.NAME, Topology.interfaceIndex(0), 0, capture, null,
                () -> now)) {
            for (OptionalLong next = in.nextArrival(); next.isPresent(); next = in.nextArrival()) {
                now = next.getAsLong();
                in.receive(burst);
                arrivals.add(new Arrival(now, burst[0].memory()
                        .asSlice(burst[0].start(), burst[0].length()).toArray(ValueLayout.JAVA_BYTE)));
                in.release();
            }
            return in.receiveDrops();
        }
    }

    private Set<IpAddress> virtualAddresses(List<String> lines) throws IOException {
        Topology any = OneLink.topology(0);
        Set<IpAddress> addresses = new HashSet<>();
        try (MemoryDirector director = new MemoryDirector(any, new OneLink(), 0)) {
            load(director, lines);
            Services services = director.services();
            services.current().all().forEach(service -> {
                if (service.key() instanceof ServiceKey.Address address) {
                    addresses.add(address.address());
                }
            });
        }
        return addresses;
    }

    /** The MAC address to which the first packet for a service was sent. */
    private long directorsAddress(List<Arrival> arrivals, Set<IpAddress> virtual) throws BadFileException {
        Packet packet = new Packet();
        Frame frame = new Frame();
        for (Arrival arrival : arrivals) {
            frame.set(MemorySegment.ofArray(arrival.frame), 0, arrival.frame.length, 0);
            if (arrival.frame.length >= Ethernet.HEADER_LENGTH && packet.parse(frame) == Packet.Shape.WELL_FORMED
                    && virtual.contains(new IpAddress(packet.destinationHigh(), packet.destinationLow()))) {
                return Ethernet.destination(frame.memory(), 0);
            }
        }
        throw new BadFileException(capture, "no packet in it is for a service of " + rules
                + "; with --topology FILE it can be played all the same");
    }

    /** A frame came by the link whose MAC address it bears; one for nobody here by the first. */
    private static String link(Topology topology, byte[] frame) {
        Topology.Link first = topology.links().getFirst();
        if (frame.length < Ethernet.HEADER_LENGTH) {
            return first.name();
        }
        long destination = Ethernet.destination(MemorySegment.ofArray(frame), 0);
        return topology.links().stream().filter(link -> link.hardwareAddress() == destination).findFirst().orElse(first)
                .name();
    }

    private int write(MemoryDirector director, CaptureFile written) {
        List<FrameHex> sent = director.takeSent();
        Frame frame = new Frame();
        for (FrameHex hex : sent) {
            byte[] bytes = hex.bytes();
            byte[] roomy = new byte[Frame.HEADROOM + bytes.length];
            System.arraycopy(bytes, 0, roomy, Frame.HEADROOM, bytes.length);
            frame.set(MemorySegment.ofArray(roomy), Frame.HEADROOM, bytes.length, 0);
            written.write(frame, now);
        }
        director.takeHandedBack();
        return sent.size();
    }

    private void report(PrintStream out, MemoryDirector director, long sent, long cut) {
        FrameCounters counters = director.counters();
        out.println(counters.received() + " frames received");
        if (cut > 0) {
            out.println(cut + " frames left out, since the capture holds only their beginnings");
        }
        out.println(counters.forwarded() + " sent on");
        out.println(counters.made() + " made by the director (ICMP errors)");
        out.println(counters.handedBack() + " passed to the host");
        out.println(counters.dropped() + " dropped");
        for (DropReason reason : DropReason.values()) {
            if (counters.dropped(reason) > 0) {
                out.println("  " + counters.dropped(reason) + " " + reason + ": " + reason.text());
            }
        }
        if (director.waiting() > 0) {
            out.println(director.waiting() + " still waiting");
        }
        out.println(sent + " frames in " + output);
    }
}
