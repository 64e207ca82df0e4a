package dev.weir.replay;

import java.util.List;

/** @param name the file's name without .jsonl */
public record Recording(String name, Topology topology, List<Row> rows) {
}
