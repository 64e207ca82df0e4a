package dev.weir.lbd;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.conf.SourceNatRule;
import dev.weir.service.ServiceException;
import dev.weir.service.Services;
import dev.weir.service.SourceNat;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code lb-ctl snat}, and the lines snat of a keepalived.conf: from which addresses of the director leaves what hosts behind it begin. */
final class SourceNatTool {
    private static final Logger LOG = LoggerFactory.getLogger(SourceNatTool.class);
    private static final String USAGE = """
            usage: lb-ctl snat
                   lb-ctl snat add SOURCE [to DESTINATION] via ADDRESS[,ADDRESS]...
                   lb-ctl snat delete SOURCE [to DESTINATION]
            What SOURCE begins of TCP, UDP and pings leaves from an ADDRESS, which must be the director's and bear no service. SOURCE and
            DESTINATION are an address or ADDRESS/LENGTH; of several rules that fit, the first in the list counts.
            """;

    private final Services services;
    /** By the file that was read last. */
    private List<SourceNatRule> configured = List.of();

    SourceNatTool(Services services) {
        this.services = services;
    }

    /** @param stdin nothing */
    Answer run(List<String> arguments, String stdin) {
        List<SourceNat> rules = new ArrayList<>(services.current().sourceNats());
        if (arguments.isEmpty()) {
            return new Answer(0, rules.stream().map(rule -> rule(rule) + "\n").collect(Collectors.joining()), "");
        }
        if (arguments.getFirst().equals("help")) {
            return new Answer(0, USAGE, "");
        }
        try {
            SourceNatRule words = SourceNatRule.parse(arguments.subList(1, arguments.size()));
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

    private static SourceNatRule rule(SourceNat rule) {
        return new SourceNatRule(rule.source(), rule.destination(), rule.addresses());
    }

    private static void add(SourceNatRule said, List<SourceNat> rules) {
        if (said.addresses().isEmpty()) {
            throw new IllegalArgumentException("snat add needs 'via' and an address of the director");
        }
        if (rules.stream().anyMatch(rule -> said.isFor(rule.source(), rule.destination()))) {
            throw new IllegalArgumentException("there is a rule for " + said.source() + " to " + said.destination()
                    + "; delete it first");
        }
        rules.add(new SourceNat(said.source(), said.destination(), said.addresses()));
    }

    private static void delete(SourceNatRule said, List<SourceNat> rules) {
        if (!said.addresses().isEmpty()) {
            throw new IllegalArgumentException("snat delete takes no 'via'");
        }
        if (!rules.removeIf(rule -> said.isFor(rule.source(), rule.destination()))) {
            throw new IllegalArgumentException("there is no rule for " + said.source() + " to " + said.destination());
        }
    }

    /**
     * What a keepalived.conf says takes the place of all rules, if it is something else than before; what is changed by hand
     * holds until then. Any thread.
     */
    synchronized void become(List<SourceNatRule> wanted) {
        if (wanted.equals(configured)) {
            return;
        }
        try {
            services.sourceNats(wanted.stream()
                    .map(rule -> new SourceNat(rule.source(), rule.destination(), rule.addresses())).toList());
            configured = wanted;
        } catch (ServiceException e) {
            LOG.error("snat: {}; all rules stay as they were", e.getMessage());
        }
    }
}
