package dev.weir.lbd;

import dev.weir.conf.KeepalivedConf;
import dev.weir.lvs.Operator;
import dev.weir.sys.Guardian;
import dev.weir.vrrp.address.UndoLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Both halves: the one that forwards, and the one that does keepalived's work. Either may be all there is. */
final class Director implements AutoCloseable {
    private final @Nullable Daemon forwarding;
    private final Guardian guardian;
    private @Nullable Keepalived keepalived;
    private @Nullable OperatorSocket operatorSocket;

    private Director(@Nullable Daemon forwarding, Guardian guardian) {
        this.forwarding = forwarding;
        this.guardian = guardian;
    }

    /**
     * @param died told, in any thread, of what ended a worker or VRRP
     * @throws RefusalException where something is missing; nothing is left behind then
     */
    static Director start(Options options, Consumer<Throwable> died) throws RefusalException {
        KeepalivedOptions wanted = options.keepalived();
        KeepalivedConf conf = wanted == null ? null : ConfigurationFile.atStart(wanted);
        boolean forwards = wanted == null || conf == null
                || wanted.run().forwards(!conf.configuration().servers().isEmpty());
        if (forwards) {
            Privileges.checkForwarding();
        } else {
            Privileges.checkVrrp();
        }
        Director director = guarded(
                forwards ? Daemon.start(options, conf == null ? null : conf.configuration().sync(), died) : null);
        if (options.restart()) {
            director.restart();
        }
        if (wanted != null && conf != null) {
            try {
                director.operatedBy(director.begin(wanted, conf, died), options.control());
            } catch (RefusalException | RuntimeException e) {
                director.close();
                throw e;
            }
        }
        return director;
    }

    /** One guardian for both halves: it takes the addresses off before it lets the host see what was balanced. */
    private static Director guarded(@Nullable Daemon forwarding) throws RefusalException {
        try {
            return new Director(forwarding, forwarding != null ? forwarding.guardian() : Guardian.start());
        } catch (IOException e) {
            throw new RefusalException(RefusalException.ENVIRONMENT, String.valueOf(e.getMessage()));
        }
    }

    /** With this process's own command, after a moment in which whoever killed it may see that it is gone. */
    private void restart() throws RefusalException {
        ProcessHandle.Info info = ProcessHandle.current().info();
        List<String> command = new ArrayList<>(List.of("sh", "-c", "sleep 1; exec \"$@\"", "sh"));
        info.command().ifPresent(command::add);
        command.addAll(List.of(info.arguments().orElse(new String[0])));
        try {
            guardian.startsAgain(command);
        } catch (IOException e) {
            close();
            throw new RefusalException(RefusalException.ENVIRONMENT, "--restart: " + e.getMessage());
        }
    }

    private Operator begin(KeepalivedOptions options, KeepalivedConf conf, Consumer<Throwable> died)
            throws RefusalException {
        Keepalived begun = Keepalived.start(options, conf, new Keepalived.Surroundings(UndoLog.of(guardian),
                died, forwarding));
        keepalived = begun;
        if (forwarding != null) {
            forwarding.watchWorkers(begun::forwards);
            forwarding.onStep(begun::inStep);
        }
        return begun;
    }

    /** From now on {@code lb-ctl} is answered for the half of keepalived.conf, too; where nothing is forwarded, for it alone. */
    private void operatedBy(Operator operator, Path control) {
        if (forwarding != null) {
            forwarding.lbCtl().operator(operator);
        } else {
            operatorSocket = OperatorSocket.open(control, operator);
        }
    }

    /** The addresses go before the forwarding ends, so that nobody sends here any more. */
    @Override
    public void close() {
        if (operatorSocket != null) {
            operatorSocket.close();
        }
        if (keepalived != null) {
            keepalived.close();
        }
        if (forwarding != null) {
            forwarding.close();
        } else {
            guardian.leave(true);
        }
    }
}
