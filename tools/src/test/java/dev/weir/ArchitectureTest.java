package dev.weir;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The arrows between packages go one way: docs/architecture.md has the table. Modules that are no part of tools' class path keep theirs by that. */
@AnalyzeClasses(packages = "dev.weir", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule SCHEDULERS_USE_NOTHING = only("scheduler");
    @ArchTest
    static final ArchRule WIRE_USES_NOTHING = only("wire");
    @ArchTest
    static final ArchRule SYS_USES_WIRE_AT_MOST = only("sys", "wire");
    @ArchTest
    static final ArchRule PORTS = only("port", "wire", "sys");
    @ArchTest
    static final ArchRule ROUTES = only("route", "wire", "sys");
    @ArchTest
    static final ArchRule SERVICES = only("service", "wire", "scheduler");
    @ArchTest
    static final ArchRule MARKS = only("mark", "wire");
    @ArchTest
    static final ArchRule CONNECTIONS = only("connection", "wire", "service");
    @ArchTest
    static final ArchRule THE_STREAM_KNOWS_NO_ENGINE = only("sync.stream", "connection", "wire", "sys");
    @ArchTest
    static final ArchRule FORWARDING = only("forward", "wire", "connection", "route", "service");
    @ArchTest
    static final ArchRule SYNCHRONISATION_KNOWS_NO_ENGINE = only("sync", "connection", "wire", "sys");
    @ArchTest
    static final ArchRule THE_HOST_BESIDE_IT = only("host", "sys", "port", "wire", "route", "service", "mark");
    @ArchTest
    static final ArchRule THE_HOSTS_RULES = only("firewall", "sys", "wire", "mark");
    @ArchTest
    static final ArchRule THE_ENGINE_KNOWS_NO_HOST = only("engine", "wire", "port", "route", "connection", "service",
            "forward", "scheduler", "sys", "mark");
    @ArchTest
    static final ArchRule VRRP_KNOWS_NO_ENGINE = only("vrrp", "conf", "check", "notify", "track", "sys", "wire")
            .allowEmptyShould(true);
    @ArchTest
    static final ArchRule TRACK_FILES = only("track", "conf", "sys");
    @ArchTest
    static final ArchRule CHECKS_KNOW_NO_SERVICE = only("check", "bfd", "conf", "notify", "track", "sys",
            "wire");
    @ArchTest
    static final ArchRule BFD_KNOWS_NOBODY_WHO_TRACKS = only("bfd", "conf", "sys", "wire");
    @ArchTest
    static final ArchRule CONFIGURATION = only("conf", "wire");
    @ArchTest
    static final ArchRule IPVSADM_IS_NO_DAEMON = noClasses().that().resideInAPackage("dev.weir.ipvsadm..").should()
            .dependOnClassesThat().resideInAnyPackage("dev.weir.lbd..", "dev.weir.client..", "dev.weir.replay..");

    @ArchTest
    static final ArchRule THE_CLIENT_NEEDS_THE_JDK_ONLY = noClasses().that().resideInAPackage("dev.weir.client..")
            .should()
            .dependOnClassesThat(
                    resideOutsideOfPackages("java..", "javax..", "jdk..", "dev.weir.client..", "org.jspecify.."))
            .allowEmptyShould(true).because("it starts anew for each call, and every jar costs it time");

    @ArchTest
    static final ArchRule ONLY_SYS_REACHES_NATIVE_CODE = noClasses().that().resideOutsideOfPackage("dev.weir.sys..")
            .should()
            .dependOnClassesThat().belongToAnyOf(Linker.class, SymbolLookup.class);

    @ArchTest
    static final ArchRule NO_NATIVE_CALL_IS_CRITICAL = noClasses().should()
            .callMethod(Linker.Option.class, "critical", boolean.class)
            .because("a thread in such a call cannot stop for a safepoint, and one that blocks would stop all others");

    @ArchTest
    static final ArchRule BYTE_ORDER_LIVES_IN_WIRE = noClasses().that()
            .resideOutsideOfPackages("dev.weir.wire..", "dev.weir.sys..").should().dependOnClassesThat()
            .belongToAnyOf(ByteOrder.class);

    @ArchTest
    static final ArchRule LAYOUTS_GET_THEIR_ORDER_IN_WIRE = noClasses().that()
            .resideOutsideOfPackages("dev.weir.wire..", "dev.weir.sys..").should()
            .callMethodWhere(target(name("withOrder")).and(target(owner(assignableTo(ValueLayout.class)))));

    @ArchTest
    static final ArchRule NO_CYCLES = slices().matching("dev.weir.(*)..").should().beFreeOfCycles();

    /** The package may use itself, the named ones, and what is not Weir's. */
    private static ArchRule only(String name, String... others) {
        String[] allowed = new String[others.length + 1];
        allowed[0] = "dev.weir." + name + "..";
        for (int i = 0; i < others.length; i++) {
            allowed[i + 1] = "dev.weir." + others[i] + "..";
        }
        return noClasses().that(resideInAPackage("dev.weir." + name + "..")).should()
                .dependOnClassesThat(resideInAPackage("dev.weir..").and(not(resideInAnyPackage(allowed))));
    }
}
