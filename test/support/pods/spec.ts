import type { ApiObject } from './api.ts';

/** What is read of a Pod, v1. */
export interface Pod extends ApiObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly containers: readonly [Container];
    readonly volumes?: readonly Volume[];
    readonly securityContext?: { readonly runAsUser?: number; readonly runAsGroup?: number };
    readonly restartPolicy?: string;
  };
  readonly status?: { readonly phase?: string };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly emptyDir?: object;
  readonly projected?: {
    readonly sources: readonly {
      readonly serviceAccountToken?: { readonly path: string };
      readonly configMap?: {
        readonly name: string;
        readonly items: readonly { readonly key: string; readonly path: string }[];
      };
      readonly downwardAPI?: {
        readonly items: readonly {
          readonly path: string;
          readonly fieldRef: { readonly fieldPath: string };
        }[];
      };
    }[];
  };
}

/** A field of the downward API. Throws for one that is not known here. */
export function fieldOf({ metadata }: Pod, path: string): string {
  const label = /^metadata\.labels\['(.+)'\]$/.exec(path)?.[1];
  if (label !== undefined) return metadata.labels?.[label] ?? '';
  if (path === 'metadata.name') return metadata.name;
  if (path === 'metadata.namespace') return metadata.namespace ?? '';
  throw new Error(`the field ${path} is not known here`);
}
