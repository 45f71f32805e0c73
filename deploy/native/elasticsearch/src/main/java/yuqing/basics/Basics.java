package yuqing.basics;

import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.HEAD;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.lucene.util.Version;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/** {@code GET /}, which clients ask first and which the server's own jar lacks. */
abstract class Basics extends Plugin implements ActionPlugin {
    private ClusterService cluster;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        cluster = services.clusterService();
        return List.of();
    }

    /** What the plugin answers; how a server asks for it depends on its version. */
    Collection<RestHandler> handlers() {
        return List.of(new RootHandler());
    }

    private final class RootHandler extends BaseRestHandler {
        @Override
        public String getName() {
            return "basics_root";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(GET, "/"), new Route(HEAD, "/"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            return channel -> {
                Build build = Build.current();
                var version = Map.of(
                    "number", build.qualifiedVersion(),
                    "build_flavor", build.flavor(),
                    "build_type", build.type().displayName(),
                    "build_hash", build.hash(),
                    "build_date", build.date(),
                    "build_snapshot", build.isSnapshot(),
                    "lucene_version", Version.LATEST.toString(),
                    "minimum_wire_compatibility_version", build.minWireCompatVersion(),
                    "minimum_index_compatibility_version", build.minIndexCompatVersion());
                var state = cluster.state();
                channel.sendResponse(new RestResponse(RestStatus.OK, channel.newBuilder().startObject()
                    .field("name", cluster.getNodeName())
                    .field("cluster_name", state.getClusterName().value())
                    .field("cluster_uuid", state.metadata().clusterUUID())
                    .field("version", version)
                    .field("tagline", "You Know, for Search")
                    .endObject()));
            };
        }
    }
}
