package dev.weir.check;

import dev.weir.conf.Definitions.Ssl;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS for SSL_GET, shared by all checks of a configuration. As in keepalived any certificate of a server will do, also where
 * the SSL block names a ca: what is checked is the answer, not who gives it. A certificate and key of the block are
 * shown to servers that ask for one.
 */
final class Tls {
    private final Ssl ssl;
    private @Nullable SSLContext context;

    Tls(Ssl ssl) {
        this.ssl = ssl;
    }

    /**
     * @param name of the server, told in the clear (SNI), or null
     * @throws IOException where a file of the SSL block cannot be used: which, and why
     */
    SSLEngine engine(@Nullable String name) throws IOException {
        SSLEngine engine = context().createSSLEngine();
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(Arrays.stream(engine.getSupportedProtocols())
                .filter(protocol -> protocol.startsWith("TLS")).toArray(String[]::new));
        if (name != null) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new Name(name)));
            engine.setSSLParameters(parameters);
        }
        return engine;
    }

    private synchronized SSLContext context() throws IOException {
        if (context == null) {
            try {
                SSLContext made = SSLContext.getInstance("TLS");
                made.init(keys(), new TrustManager[]{new Anybody()}, null);
                context = made;
            } catch (GeneralSecurityException e) {
                throw new IOException("TLS: " + e.getMessage(), e);
            }
        }
        return context;
    }

    private KeyManager @Nullable [] keys() throws IOException, GeneralSecurityException {
        if (ssl.ca() != null) {
            certificates(ssl.ca());
        }
        if (ssl.certificate() == null) {
            return null;
        }
        Certificate[] chain = certificates(ssl.certificate());
        if (ssl.key() == null) {
            return null;
        }
        PrivateKey key = PemKey.read(Path.of(ssl.key()), ssl.password());
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        char[] unused = new char[0];
        store.setKeyEntry("weir", key, unused, chain);
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, unused);
        return factory.getKeyManagers();
    }

    private static Certificate[] certificates(String file) throws IOException, GeneralSecurityException {
        try (InputStream bytes = Files.newInputStream(Path.of(file))) {
            Certificate[] read = CertificateFactory.getInstance("X.509").generateCertificates(bytes)
                    .toArray(Certificate[]::new);
            if (read.length == 0) {
                throw new IOException("there is no certificate in " + file);
            }
            return read;
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " has no certificates that can be read: " + e.getMessage(), e);
        }
    }

    /** As it is written, be it a host name or not: keepalived sends that, and the server decides. */
    private static final class Name extends SNIServerName {
        Name(String name) {
            super(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
