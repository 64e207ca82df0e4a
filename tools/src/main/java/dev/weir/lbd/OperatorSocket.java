package dev.weir.lbd;

import dev.weir.client.ControlMessage.Answer;
import dev.weir.client.ControlMessage.Request;
import dev.weir.lbctl.LbCtl;
import dev.weir.lvs.Operator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where nothing is forwarded: a control socket at which only {@code lb-ctl} is answered. VRRP goes on without it, too. */
final class OperatorSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorSocket.class);
    private static final String TOOL = "lb-ctl";

    private final ControlServer server;

    private OperatorSocket(ControlServer server) {
        this.server = server;
    }

    /** Null where there can be none, as where another director has it; the log says why. */
    static @Nullable OperatorSocket open(Path control, Operator operator) {
        LbCtl lbCtl = new LbCtl(null, List::of, Map.of());
        lbCtl.operator(operator);
        try {
            return new OperatorSocket(ControlServer.open(control, ControlServer.Limits.DEFAULT,
                    request -> isForLbCtl(request)
                            ? answer(lbCtl, request)
                            : nothingForwarded(request.words().getFirst())));
        } catch (RefusalException e) {
            LOG.warn("lb-ctl is not answered: {}", e.getMessage());
            return null;
        }
    }

    private static Answer nothingForwarded(String tool) {
        return new Answer(2, "",
                tool + ": this director forwards nothing: its keepalived.conf has no virtual server, or"
                        + " only VRRP was asked for\n");
    }

    static boolean isForLbCtl(Request request) {
        return request.words().getFirst().equals(TOOL);
    }

    static Answer answer(LbCtl lbCtl, Request request) {
        return lbCtl.run(request.words().subList(1, request.words().size()), request.stdin());
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.warn("the control socket could not be taken away: {}", e.toString());
        }
    }
}
