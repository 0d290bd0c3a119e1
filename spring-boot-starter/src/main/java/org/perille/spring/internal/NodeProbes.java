package org.perille.spring.internal;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.web.AdditionalPathsMapper;
import org.springframework.boot.actuate.endpoint.web.WebServerNamespace;
import org.springframework.boot.health.actuate.endpoint.AdditionalHealthEndpointPath;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroup;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.HttpCodeStatusMapper;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;

/** The groups of health indicators, in which the groups of the two probes have the node's part. */
final class NodeProbes implements HealthEndpointGroups, AdditionalPathsMapper {
  /** The name of the indicator that a group has in addition. */
  private static final Map<String, String> MEMBERS =
      Map.of("liveness", "perilleLiveness", "readiness", "perille");

  private final HealthEndpointGroups groups;

  NodeProbes(HealthEndpointGroups groups) {
    this.groups = groups;
  }

  @Override
  public HealthEndpointGroup getPrimary() {
    return groups.getPrimary();
  }

  @Override
  public Set<String> getNames() {
    return groups.getNames();
  }

  @Override
  public HealthEndpointGroup get(String name) {
    HealthEndpointGroup group = groups.get(name);
    String member = MEMBERS.get(name);
    return group == null || member == null ? group : new WithMember(group, member);
  }

  @Override
  public List<String> getAdditionalPaths(EndpointId endpoint, WebServerNamespace namespace) {
    return groups instanceof AdditionalPathsMapper mapper
        ? mapper.getAdditionalPaths(endpoint, namespace)
        : null;
  }

  /** A group with one member more. */
  private record WithMember(HealthEndpointGroup group, String member)
      implements HealthEndpointGroup {
    @Override
    public boolean isMember(String name) {
      return name.equals(member) || group.isMember(name);
    }

    @Override
    public boolean showComponents(SecurityContext context) {
      return group.showComponents(context);
    }

    @Override
    public boolean showDetails(SecurityContext context) {
      return group.showDetails(context);
    }

    @Override
    public StatusAggregator getStatusAggregator() {
      return group.getStatusAggregator();
    }

    @Override
    public HttpCodeStatusMapper getHttpCodeStatusMapper() {
      return group.getHttpCodeStatusMapper();
    }

    @Override
    public AdditionalHealthEndpointPath getAdditionalPath() {
      return group.getAdditionalPath();
    }
  }
}
