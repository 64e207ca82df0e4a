package dev.weir.lbd;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.service.ServiceException;
import dev.weir.service.Services;
import dev.weir.service.SourceNat;
import dev.weir.wire.IpAddress;
import dev.weir.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code lb-ctl snat}: from which addresses of the director leaves what hosts behind it begin. */
final class SourceNatTool {
    private static final String USAGE = """
            usage: lb-ctl snat
                   lb-ctl snat add SOURCE [to DESTINATION] via ADDRESS[,ADDRESS]...
                   lb-ctl snat delete SOURCE [to DESTINATION]
            TCP and UDP that SOURCE begins leaves from an ADDRESS, which must be the director's and bear no service. SOURCE and
            DESTINATION are an address or ADDRESS/LENGTH; of several rules that fit, the first in the list counts.
            """;

    private final Services services;

    /** What a command line says of a rule. */
    private record Words(IpPrefix source, IpPrefix destination, List<IpAddress> addresses) {
        boolean names(SourceNat rule) {
            return rule.source().equals(source) && rule.destination().equals(destination);
        }
    }

    SourceNatTool(Services services) {
        this.services = services;
    }

    /** @param stdin nothing */
    Answer run(List<String> arguments, String stdin) {
        List<SourceNat> rules = new ArrayList<>(services.current().sourceNats());
        if (arguments.isEmpty()) {
            return new Answer(0, rules.stream().map(rule -> text(rule) + "\n").collect(Collectors.joining()), "");
        }
        if (arguments.getFirst().equals("help")) {
            return new Answer(0, USAGE, "");
        }
        try {
            Words words = words(arguments.subList(1, arguments.size()));
            switch (arguments.getFirst()) {
                case "add" -> add(words, rules);
                case "delete" -> delete(words, rules);
                default -> throw new IllegalArgumentException("snat knows no " + arguments.getFirst());
            }
            services.sourceNats(rules);
            return new Answer(0, "", "");
        } catch (IllegalArgumentException e) {
            return new Answer(2, "", "lb-ctl: " + e.getMessage() + "\n" + USAGE);
        } catch (ServiceException e) {
            return new Answer(1, "", "lb-ctl: " + e.getMessage() + "\n");
        }
    }

    /** In the form in which add takes it. */
    private static String text(SourceNat rule) {
        return rule.source() + (isEverywhere(rule.destination()) ? "" : " to " + rule.destination()) + " via "
                + rule.addresses().stream().map(IpAddress::toString).collect(Collectors.joining(","));
    }

    private static boolean isEverywhere(IpPrefix prefix) {
        return prefix.equals(everywhere(prefix));
    }

    private static IpPrefix everywhere(IpPrefix family) {
        return family.isV4() ? IpPrefix.ALL_V4 : IpPrefix.ALL_V6;
    }

    private static Words words(List<String> words) {
        if (words.isEmpty() || words.size() % 2 == 0) {
            throw new IllegalArgumentException("snat needs a source, and a word behind each to and via");
        }
        IpPrefix source = IpPrefix.parse(words.getFirst());
        @Nullable
        IpPrefix destination = null;
        List<IpAddress> addresses = List.of();
        for (int i = 1; i < words.size(); i += 2) {
            switch (words.get(i)) {
                case "to" -> destination = IpPrefix.parse(words.get(i + 1));
                case "via" ->
                    addresses = Arrays.stream(words.get(i + 1).split(",", -1)).map(IpAddress::parse).toList();
                default -> throw new IllegalArgumentException("not 'to' or 'via': " + words.get(i));
            }
        }
        return new Words(source, destination == null ? everywhere(source) : destination, addresses);
    }

    private static void add(Words words, List<SourceNat> rules) {
        if (words.addresses().isEmpty()) {
            throw new IllegalArgumentException("snat add needs 'via' and an address of the director");
        }
        if (rules.stream().anyMatch(words::names)) {
            throw new IllegalArgumentException("there is a rule for " + words.source() + " to " + words.destination()
                    + "; delete it first");
        }
        rules.add(new SourceNat(words.source(), words.destination(), words.addresses()));
    }

    private static void delete(Words words, List<SourceNat> rules) {
        if (!words.addresses().isEmpty()) {
            throw new IllegalArgumentException("snat delete takes no 'via'");
        }
        if (!rules.removeIf(words::names)) {
            throw new IllegalArgumentException("there is no rule for " + words.source() + " to " + words.destination());
        }
    }
}
