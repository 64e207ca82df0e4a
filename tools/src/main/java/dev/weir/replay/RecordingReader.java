package dev.weir.replay;

import dev.weir.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Reads recordings: the topology in the first line, then a row a step. Files it cannot use are {@link BadFileException}s. */
final class RecordingReader {
    private static final String FAILED = " failed: ";

    private RecordingReader() {
    }

    static Recording read(Path file) throws IOException {
        List<String> lines = lines(file);
        Topology topology = topology(file, lines);
        List<Row> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            try {
                rows.add(row(lines.get(i), topology));
            } catch (IllegalArgumentException e) {
                throw new BadFileException(file, i + 1, String.valueOf(e.getMessage()));
            }
        }
        String name = String.valueOf(file.getFileName());
        return new Recording(name.endsWith(".jsonl") ? name.substring(0, name.length() - 6) : name, topology, rows);
    }

    /** The topology alone: a recording's first line, perhaps without the rest. */
    static Topology readTopology(Path file) throws IOException {
        return topology(file, lines(file));
    }

    private static List<String> lines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new BadFileException(file, "no such file");
        } catch (CharacterCodingException e) {
            throw new BadFileException(file, "not a text in UTF-8");
        }
    }

    private static Topology topology(Path file, List<String> lines) throws BadFileException {
        if (lines.isEmpty()) {
            throw new BadFileException(file, "empty; the first line must hold the topology");
        }
        try {
            return topology(JsonObject.parse(lines.get(0)).child("topology"));
        } catch (IllegalArgumentException e) {
            throw new BadFileException(file, 1, "no topology: " + e.getMessage());
        }
    }

    private static Topology topology(JsonObject json) {
        List<Topology.Link> links = new ArrayList<>();
        for (String name : json.names()) {
            if (!Set.of("routes", "neighbours", "vips", "local").contains(name)) {
                links.add(link(name, json.child(name)));
            }
        }
        if (links.isEmpty()) {
            throw new IllegalArgumentException("it has no interface");
        }
        List<Topology.Route> routes = json.children("routes").stream().map(RecordingReader::route).toList();
        List<Topology.Neighbour> neighbours = json.children("neighbours").stream().map(RecordingReader::neighbour)
                .toList();
        List<IpAddress> virtual = json.strings("vips").stream().map(IpAddress::parse).toList();
        List<Topology.Prefix> local = json.strings("local").stream().map(RecordingReader::prefix).toList();
        Topology topology = new Topology(links, routes, neighbours, virtual, local);
        routes.forEach(route -> requireLink(topology, route.link()));
        neighbours.forEach(neighbour -> requireLink(topology, neighbour.link()));
        return topology;
    }

    private static Topology.Link link(String name, JsonObject json) {
        List<Topology.Prefix> addresses = new ArrayList<>();
        json.strings("ipv4").forEach(text -> addresses.add(prefix(text)));
        json.strings("ipv6").forEach(text -> addresses.add(prefix(text)));
        return new Topology.Link(name, hardwareAddress(json.string("mac")), addresses);
    }

    private static Topology.Route route(JsonObject json) {
        String gatewayText = json.stringOrNull("via");
        IpAddress gateway = gatewayText == null ? null : IpAddress.parse(gatewayText);
        Topology.Prefix to;
        if (!json.string("to").equals("default")) {
            to = prefix(json.string("to"));
        } else {
            to = new Topology.Prefix(gateway == null || gateway.isV4() ? IpAddress.ANY_V4 : IpAddress.ANY_V6, 0);
        }
        return new Topology.Route(to, gateway, json.string("dev"));
    }

    private static Topology.Neighbour neighbour(JsonObject json) {
        return new Topology.Neighbour(IpAddress.parse(json.string("ip")), json.string("dev"),
                hardwareAddress(json.string("mac")));
    }

    private static Topology.Prefix prefix(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("no prefix length in " + text);
        }
        IpAddress address = IpAddress.parse(text.substring(0, slash));
        int length = Integer.parseInt(text.substring(slash + 1));
        if (length < 0 || length > (address.isV4() ? 32 : 128)) {
            throw new IllegalArgumentException("no such prefix length: " + text);
        }
        return new Topology.Prefix(address, length);
    }

    static long hardwareAddress(String text) {
        if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
            throw new IllegalArgumentException("no MAC address: " + text);
        }
        return Long.parseLong(text.replace(":", ""), 16);
    }

    private static void requireLink(Topology topology, String name) {
        if (topology.links().stream().noneMatch(link -> link.name().equals(name))) {
            throw new IllegalArgumentException("there is no interface " + name);
        }
    }

    private static Row row(String line, Topology topology) {
        JsonObject json = JsonObject.parse(line);
        String kind = json.string("do");
        int failed = kind.indexOf(FAILED);
        String failure = failed < 0 ? null : kind.substring(failed + FAILED.length());
        Outcome.Answer answer = null;
        Step step = switch (failed < 0 ? kind : kind.substring(0, failed)) {
            case "ipvsadm" -> {
                if (failure == null) {
                    answer = new Outcome.Answer((int) json.number("exit"), json.string("stdout"),
                            json.string("stderr"));
                }
                yield new Step.Ipvsadm(json.string("args"), json.stringOrNull("stdin"));
            }
            case "frame" -> new Step.Arrival(frame(json, topology));
            case "mark" -> new Step.Mark(json.string("rule"));
            case "ip" -> new Step.Ip(json.string("args"));
            case "sysctl" -> new Step.Sysctl(json.string("key"), json.string("value"));
            case "proc" -> {
                if (failure == null) {
                    answer = new Outcome.Answer(0, json.string("stdout"), "");
                }
                yield new Step.Proc(json.string("file"));
            }
            case "sleep" -> new Step.Sleep(json.number("ms"));
            default -> throw new IllegalArgumentException("unknown step \"" + kind + "\"");
        };
        List<FrameHex> frames = !json.has("frames")
                ? List.of()
                : json.children("frames").stream().map(child -> frame(child, topology)).toList();
        Row row = new Row(json.number("at_ms"), step, new Outcome(answer, frames, json.flag("host"), failure),
                json.stringOrNull("note"));
        json.refuseOthers();
        return row;
    }

    private static FrameHex frame(JsonObject json, Topology topology) {
        String hex = json.string("hex");
        try {
            HexFormat.of().parseHex(hex);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"hex\" is not hexadecimal: " + e.getMessage(), e);
        }
        requireLink(topology, json.string("port"));
        return new FrameHex(json.string("port"), hex);
    }
}
