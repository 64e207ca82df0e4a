package dev.weir.ipvsadm;

import dev.weir.service.ClientAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a server behind FULLNAT hears of the client, as the command line says it, and DPVS's. */
final class ClientAddressWords {
    private ClientAddressWords() {
    }

    static String text(ClientAddress how) {
        return how.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static ClientAddress read(String word) throws Refusal {
        for (ClientAddress how : ClientAddress.values()) {
            if (text(how).equals(word)) {
                return how;
            }
        }
        throw Refusal.usage("illegal client-address `" + word + "' specified; one of "
                + Arrays.stream(ClientAddress.values()).map(ClientAddressWords::text).collect(Collectors.joining("|")));
    }

    /** --proxy-protocol: without it DPVS, too, tells by TOA. What it calls insecure believes what clients say of themselves. */
    static ClientAddress readOfDpvs(String word) throws Refusal {
        return switch (word) {
            case "disable" -> ClientAddress.TOA;
            case "v1" -> ClientAddress.PROXY_V1;
            case "v2" -> ClientAddress.PROXY_V2;
            case "v1-insecure", "v2-insecure" -> throw Refusal.usage("proxy-protocol `" + word
                    + "': a PROXY header that a client sends is never believed; write " + word.substring(0, 2));
            default -> throw Refusal.usage("illegal proxy-protocol `" + word + "' specified; one of disable|v1|v2");
        };
    }
}
