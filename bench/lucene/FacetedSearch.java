import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.facet.DrillDownQuery;
import org.apache.lucene.facet.DrillSideways;
import org.apache.lucene.facet.FacetResult;
import org.apache.lucene.facet.Facets;
import org.apache.lucene.facet.FacetsCollector;
import org.apache.lucene.facet.FacetsConfig;
import org.apache.lucene.facet.LabelAndValue;
import org.apache.lucene.facet.MultiFacets;
import org.apache.lucene.facet.sortedset.DefaultSortedSetDocValuesReaderState;
import org.apache.lucene.facet.sortedset.SortedSetDocValuesFacetCounts;
import org.apache.lucene.facet.sortedset.SortedSetDocValuesFacetField;
import org.apache.lucene.facet.sortedset.SortedSetDocValuesReaderState;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MultiDocValues;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Version;

/**
 * Lucene's side of bench.search: DrillSideways over facets in sorted-set doc values.
 *
 * <p>Arguments: a file of listings, a file of questions, a folder for the index, rounds, seconds to
 * warm up, how many ids a page has, how many values of a facet at most.
 *
 * <p>The listings file begins with the names of the facets, tab between them. Line n after that is
 * listing n: its place in the order, then per facet the codes of its values, comma between them. A
 * line of the questions file is one question: "facet=code,code" per filter, tab between them.
 *
 * <p>Prints one JSON object about itself, then one per question: ns (how long each round took),
 * total, ids and counts.
 */
public final class FacetedSearch {
  private static final String ID = "id";
  private static final String PLACE = "place";
  private static final Sort BY_PLACE = new Sort(new SortField(PLACE, SortField.Type.LONG));

  private final FacetsConfig config;
  private final String[] facets;
  private final IndexSearcher searcher;
  private final OneFieldPerFacet sideways;
  private final int pageSize;
  private final int mostValues;

  private FacetedSearch(
      IndexReader reader, FacetsConfig config, String[] facets, int pageSize, int mostValues)
      throws IOException {
    this.config = config;
    this.facets = facets;
    this.pageSize = pageSize;
    this.mostValues = mostValues;
    searcher = new IndexSearcher(reader);
    Map<String, SortedSetDocValuesReaderState> states = new HashMap<>();
    for (String facet : facets) {
      states.put(facet, new DefaultSortedSetDocValuesReaderState(reader, fieldOf(facet)));
    }
    sideways = new OneFieldPerFacet(searcher, config, states);
  }

  public static void main(String[] arguments) throws IOException {
    Path listings = Path.of(arguments[0]);
    List<String> questions = Files.readAllLines(Path.of(arguments[1]));
    int rounds = Integer.parseInt(arguments[3]);
    long warmUp = Long.parseLong(arguments[4]) * 1_000_000_000L;
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    String[] facets = namesOf(listings);
    FacetsConfig config = new FacetsConfig();
    for (String facet : facets) {
      config.setIndexFieldName(facet, fieldOf(facet));
      config.setMultiValued(facet, true);
    }
    try (Directory folder = new MMapDirectory(Path.of(arguments[2]))) {
      fill(folder, listings, config, facets);
      try (IndexReader reader = DirectoryReader.open(folder)) {
        FacetedSearch search =
            new FacetedSearch(
                reader,
                config,
                facets,
                Integer.parseInt(arguments[5]),
                Integer.parseInt(arguments[6]));
        out.printf(
            "{\"lucene\": \"%s\", \"java\": \"%s\", \"segments\": %d}%n",
            Version.LATEST, System.getProperty("java.version"), reader.leaves().size());
        search.warmUp(questions, warmUp);
        for (String question : questions) {
          out.println(search.measure(question, rounds));
        }
      }
    }
    out.flush();
  }

  private static String[] namesOf(Path listings) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(listings)) {
      return lines.readLine().split("\t");
    }
  }

  private static String fieldOf(String facet) {
    return "facet_" + facet;
  }

  /** Index every listing, in order of place, and merge all into one segment. */
  private static void fill(Directory folder, Path listings, FacetsConfig config, String[] facets)
      throws IOException {
    // No field is text, so nothing is ever analysed.
    IndexWriterConfig settings = new IndexWriterConfig((Analyzer) null);
    settings.setRAMBufferSizeMB(256);
    settings.setIndexSort(BY_PLACE);
    try (IndexWriter writer = new IndexWriter(folder, settings);
        BufferedReader lines = Files.newBufferedReader(listings)) {
      lines.readLine();
      long id = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] parts = line.split("\t", -1);
        Document document = new Document();
        document.add(new NumericDocValuesField(ID, ++id));
        document.add(new NumericDocValuesField(PLACE, Long.parseLong(parts[0])));
        for (int i = 0; i < facets.length; i++) {
          for (String code : codesOf(parts[i + 1])) {
            document.add(new SortedSetDocValuesFacetField(facets[i], code));
          }
        }
        writer.addDocument(config.build(document));
      }
      writer.forceMerge(1);
    }
  }

  private static String[] codesOf(String codes) {
    return codes.isEmpty() ? new String[0] : codes.split(",");
  }

  private void warmUp(List<String> questions, long nanoseconds) throws IOException {
    long start = System.nanoTime();
    do {
      for (String question : questions) {
        ask(question);
      }
    } while (System.nanoTime() - start < nanoseconds);
  }

  private String measure(String question, int rounds) throws IOException {
    Answer answer = null;
    List<Long> took = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      answer = ask(question);
      took.add(System.nanoTime() - start);
    }
    return String.format("{\"ns\": %s, %s}", took, answer.toJson());
  }

  private Answer ask(String question) throws IOException {
    return question.isEmpty() ? askForAll() : askFor(question);
  }

  /** Without a filter nothing need be collected: every listing counts, the first places are best. */
  private Answer askForAll() throws IOException {
    IndexReader reader = searcher.getIndexReader();
    TopDocs best = searcher.search(new MatchAllDocsQuery(), pageSize, BY_PLACE);
    return new Answer(reader.numDocs(), best.scoreDocs, sideways.countAll());
  }

  private Answer askFor(String question) throws IOException {
    DrillDownQuery query = new DrillDownQuery(config);
    for (String filter : question.split("\t")) {
      String[] parts = filter.split("=");
      for (String code : codesOf(parts[1])) {
        query.add(parts[0], code);
      }
    }
    DrillSideways.DrillSidewaysResult found =
        sideways.search(query, null, null, pageSize, BY_PLACE, false);
    return new Answer(found.hits.totalHits.value, found.hits.scoreDocs, found.facets);
  }

  /** What a question found; null stands for a facet of which nothing was found. */
  private final class Answer {
    private final long total;
    private final List<Long> ids = new ArrayList<>();
    private final Map<String, FacetResult> counts = new HashMap<>();

    Answer(long total, ScoreDoc[] best, Facets counted) throws IOException {
      this.total = total;
      for (ScoreDoc hit : best) {
        NumericDocValues values = MultiDocValues.getNumericValues(searcher.getIndexReader(), ID);
        values.advanceExact(hit.doc);
        ids.add(values.longValue());
      }
      for (String facet : facets) {
        counts.put(facet, counted.getTopChildren(mostValues, facet));
      }
    }

    String toJson() {
      List<String> named = new ArrayList<>();
      counts.forEach((facet, found) -> named.add("\"" + facet + "\": " + countsOf(found)));
      return String.format(
          "\"total\": %d, \"ids\": %s, \"counts\": {%s}", total, ids, String.join(", ", named));
    }

    private String countsOf(FacetResult found) {
      List<String> named = new ArrayList<>();
      if (found != null) {
        for (LabelAndValue own : found.labelValues) {
          named.add("\"" + own.label + "\": " + own.value);
        }
      }
      return "{" + String.join(", ", named) + "}";
    }
  }

  /**
   * Counts each facet in a field of its own. With all facets in one field, as is the default, every
   * count would read the values of all facets of a listing.
   */
  private static final class OneFieldPerFacet extends DrillSideways {
    private final Map<String, SortedSetDocValuesReaderState> states;

    OneFieldPerFacet(
        IndexSearcher searcher,
        FacetsConfig config,
        Map<String, SortedSetDocValuesReaderState> states) {
      super(searcher, config, (SortedSetDocValuesReaderState) null);
      this.states = states;
    }

    Facets countAll() throws IOException {
      return buildFacetsResult(null, null, null);
    }

    /** Count among the matches given; none given means among all listings. */
    @Override
    protected Facets buildFacetsResult(
        FacetsCollector down, FacetsCollector[] besides, String[] filtered) throws IOException {
      Map<String, FacetsCollector> matches = new HashMap<>();
      states.keySet().forEach(facet -> matches.put(facet, down));
      for (int i = 0; besides != null && i < besides.length; i++) {
        matches.put(filtered[i], besides[i]);
      }
      Map<String, Facets> counts = new HashMap<>();
      for (Map.Entry<String, FacetsCollector> own : matches.entrySet()) {
        SortedSetDocValuesReaderState state = states.get(own.getKey());
        counts.put(own.getKey(), new SortedSetDocValuesFacetCounts(state, own.getValue()));
      }
      return new MultiFacets(counts);
    }
  }
}
