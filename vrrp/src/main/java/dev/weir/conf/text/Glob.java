package dev.weir.conf.text;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** File names as glob(3) expands them with GLOB_BRACE: sorted, names with a leading dot only where it is written. */
final class Glob {
    private Glob() {
    }

    /** @param partial one of the alternatives in braces has no file */
    record Matches(List<Path> files, boolean partial) {
    }

    static boolean hasWildcard(String pattern) {
        return pattern.chars().anyMatch(character -> "*?[".indexOf(character) >= 0);
    }

    static Matches match(Path folder, String pattern) {
        List<Path> files = new ArrayList<>();
        boolean partial = false;
        for (String alternative : braces(pattern)) {
            List<Path> found = one(folder, alternative);
            partial |= found.isEmpty();
            files.addAll(found);
        }
        return new Matches(files, partial);
    }

    private static List<Path> one(Path folder, String pattern) {
        List<Path> found = new ArrayList<>(List.of(pattern.startsWith("/") ? Path.of("/") : folder));
        for (String part : pattern.split("/", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            List<Path> next = new ArrayList<>();
            found.forEach(at -> next.addAll(hasWildcard(part) ? entries(at, part) : plain(at, part)));
            found = next;
        }
        return found;
    }

    private static List<Path> plain(Path folder, String name) {
        try {
            Path file = folder.resolve(name);
            return Files.exists(file) ? List.of(file) : List.of();
        } catch (InvalidPathException e) {
            return List.of();
        }
    }

    private static List<Path> entries(Path folder, String pattern) {
        PathMatcher matcher;
        try {
            matcher = folder.getFileSystem().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            return plain(folder, pattern);
        }
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) {
                Path name = file.getFileName();
                if (matcher.matches(name) && name.toString().startsWith(".") == pattern.startsWith(".")) {
                    found.add(file);
                }
            }
        } catch (IOException e) {
            // A folder that is none, or may not be read, has no matches: so does glob(3) have it.
            return List.of();
        }
        found.sort(null);
        return found;
    }

    /** As csh has them: a{b,c}d is abd and acd. */
    private static List<String> braces(String pattern) {
        int start = pattern.indexOf('{');
        int depth = 0;
        List<Integer> cuts = new ArrayList<>(List.of(start));
        for (int i = Math.max(start, 0); start >= 0 && i < pattern.length(); i++) {
            char character = pattern.charAt(i);
            depth += character == '{' ? 1 : character == '}' ? -1 : 0;
            if (depth == 1 && character == ',' || depth == 0) {
                cuts.add(i);
            }
            if (depth == 0) {
                List<String> all = new ArrayList<>();
                for (int c = 0; c + 1 < cuts.size(); c++) {
                    all.addAll(braces(pattern.substring(0, start) + pattern.substring(cuts.get(c) + 1, cuts.get(c + 1))
                            + pattern.substring(i + 1)));
                }
                return all;
            }
        }
        return List.of(pattern);
    }
}
