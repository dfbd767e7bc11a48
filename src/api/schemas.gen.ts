// Written by `npm run generate` from crds/. Do not edit.
export const schemas: Readonly<Record<'LoomRoute' | 'LoomUpstream' | 'WasmPlugin', object>> = {
 "LoomRoute": {
  "type": "object",
  "description": "LoomRoute says which requests go where, and what happens to them on the way.",
  "required": [
   "spec"
  ],
  "properties": {
   "apiVersion": {
    "type": "string",
    "description": "Version of this representation of the object."
   },
   "kind": {
    "type": "string",
    "description": "Kind of this object."
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "description": "The wanted routing.",
    "required": [
     "rules"
    ],
    "properties": {
     "className": {
      "type": "string",
      "description": "Class of the Loom that serves this object. The default class serves objects without one.",
      "minLength": 1,
      "maxLength": 63
     },
     "hosts": {
      "type": "array",
      "description": "Host names that this route answers for, exact (`shop.example.com`) or with one leading wildcard label (`*.example.com`, any depth). Absent means every host.",
      "maxItems": 64,
      "x-kubernetes-list-type": "set",
      "items": {
       "type": "string",
       "minLength": 1,
       "maxLength": 253,
       "pattern": "^(\\*\\.)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$"
      }
     },
     "tls": {
      "type": "object",
      "description": "TLS termination for the hosts of this route on https listeners.",
      "required": [
       "secretRef"
      ],
      "properties": {
       "secretRef": {
        "type": "object",
        "description": "Secret of type kubernetes.io/tls that holds the certificate chain (tls.crt) and the key (tls.key).",
        "required": [
         "name"
        ],
        "properties": {
         "name": {
          "type": "string",
          "description": "Name of the Secret.",
          "minLength": 1,
          "maxLength": 253
         },
         "namespace": {
          "type": "string",
          "description": "Namespace of the Secret. Another namespace than the route's needs a ReferenceGrant there.",
          "minLength": 1,
          "maxLength": 63
         }
        }
       }
      }
     },
     "rules": {
      "type": "array",
      "description": "Rules of this route. The most specific match over all routes wins, whatever the order here.",
      "minItems": 1,
      "maxItems": 64,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "name"
      ],
      "items": {
       "type": "object",
       "description": "Requests that match are sent to one of the backends, redirected, or answered at once.",
       "required": [
        "name"
       ],
       "x-kubernetes-validations": [
        {
         "rule": "(has(self.backends) ? 1 : 0) + (has(self.redirect) ? 1 : 0) + (has(self.directResponse) ? 1 : 0) == 1",
         "message": "exactly one of backends, redirect and directResponse must be set"
        },
        {
         "rule": "!has(self.rewrite) || has(self.backends)",
         "message": "rewrite needs backends"
        },
        {
         "rule": "!has(self.mirrors) || has(self.backends)",
         "message": "mirrors needs backends"
        },
        {
         "rule": "!has(self.retries) || has(self.backends)",
         "message": "retries needs backends"
        }
       ],
       "properties": {
        "name": {
         "type": "string",
         "description": "Name of the rule, unique in the route. It appears in logs, metrics and the admin API.",
         "minLength": 1,
         "maxLength": 63,
         "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
        },
        "matches": {
         "type": "array",
         "description": "A request matches when it satisfies any one entry, and all conditions of that entry. Absent means every request.",
         "minItems": 1,
         "maxItems": 16,
         "items": {
          "type": "object",
          "description": "Conditions that must all hold.",
          "properties": {
           "path": {
            "type": "object",
            "description": "Condition on the path, after normalisation and without the query.",
            "required": [
             "value"
            ],
            "x-kubernetes-validations": [
             {
              "rule": "self.value.startsWith('/')",
              "message": "path value must begin with /"
             },
             {
              "rule": "(has(self.type) && self.type == 'Regex') || !self.value.contains('//')",
              "message": "path value must not contain //"
             },
             {
              "rule": "(has(self.type) && self.type == 'Regex') || !(self.value + '/').contains('/./')",
              "message": "path value must not contain the segment ."
             },
             {
              "rule": "(has(self.type) && self.type == 'Regex') || !(self.value + '/').contains('/../')",
              "message": "path value must not contain the segment .."
             },
             {
              "rule": "(has(self.type) && self.type == 'Regex') || !(self.value.contains('%2f') || self.value.contains('%2F'))",
              "message": "path value must not contain %2f"
             },
             {
              "rule": "(has(self.type) && self.type == 'Regex') || !(self.value.contains('#') || self.value.contains('?'))",
              "message": "path value must not contain # or ?"
             },
             {
              "rule": "!has(self.type) || self.type != 'Pattern' || self.value.matches('^(/(:[A-Za-z_][A-Za-z0-9_]*|[^:*/]*))*(/[*])?$')",
              "message": "a pattern is made of literal segments, :name segments and one * as its last segment"
             }
            ],
            "properties": {
             "type": {
              "type": "string",
              "description": "Exact compares the whole path. Prefix compares whole segments (/api matches /api and /api/x, not /apix). Pattern has :name for one segment and a last * for the rest. Regex is an RE2 expression for the whole path.",
              "enum": [
               "Exact",
               "Prefix",
               "Pattern",
               "Regex"
              ],
              "default": "Prefix"
             },
             "value": {
              "type": "string",
              "description": "The path, pattern or expression.",
              "minLength": 1,
              "maxLength": 1024
             }
            }
           },
           "methods": {
            "type": "array",
            "description": "Request methods, in upper case; any of them.",
            "minItems": 1,
            "maxItems": 16,
            "x-kubernetes-list-type": "set",
            "items": {
             "type": "string",
             "minLength": 1,
             "maxLength": 32,
             "pattern": "^[A-Z][A-Z-]*$"
            }
           },
           "headers": {
            "type": "array",
            "description": "Conditions on request headers, all of which must hold.",
            "minItems": 1,
            "maxItems": 16,
            "items": {
             "type": "object",
             "description": "Condition on one named value.",
             "required": [
              "name"
             ],
             "x-kubernetes-validations": [
              {
               "rule": "has(self.type) && (self.type == 'Present' || self.type == 'Absent') ? !has(self.value) : has(self.value)",
               "message": "value is needed for Exact and Regex, and not allowed for Present and Absent"
              }
             ],
             "properties": {
              "name": {
               "type": "string",
               "description": "Name to look at; for headers the case does not matter.",
               "minLength": 1,
               "maxLength": 256,
               "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
              },
              "type": {
               "type": "string",
               "description": "How the value is compared. Regex is an RE2 expression for the whole value.",
               "enum": [
                "Exact",
                "Regex",
                "Present",
                "Absent"
               ],
               "default": "Exact"
              },
              "value": {
               "type": "string",
               "description": "The value or expression.",
               "maxLength": 4096
              }
             }
            }
           },
           "query": {
            "type": "array",
            "description": "Conditions on query parameters, all of which must hold.",
            "minItems": 1,
            "maxItems": 16,
            "items": {
             "type": "object",
             "description": "Condition on one named value.",
             "required": [
              "name"
             ],
             "x-kubernetes-validations": [
              {
               "rule": "has(self.type) && (self.type == 'Present' || self.type == 'Absent') ? !has(self.value) : has(self.value)",
               "message": "value is needed for Exact and Regex, and not allowed for Present and Absent"
              }
             ],
             "properties": {
              "name": {
               "type": "string",
               "description": "Name to look at; for headers the case does not matter.",
               "minLength": 1,
               "maxLength": 256,
               "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
              },
              "type": {
               "type": "string",
               "description": "How the value is compared. Regex is an RE2 expression for the whole value.",
               "enum": [
                "Exact",
                "Regex",
                "Present",
                "Absent"
               ],
               "default": "Exact"
              },
              "value": {
               "type": "string",
               "description": "The value or expression.",
               "maxLength": 4096
              }
             }
            }
           }
          }
         }
        },
        "backends": {
         "type": "array",
         "description": "Where matching requests go, in proportion to the weights.",
         "minItems": 1,
         "maxItems": 16,
         "items": {
          "type": "object",
          "description": "One LoomUpstream or Service.",
          "x-kubernetes-validations": [
           {
            "rule": "has(self.upstreamRef) != has(self.serviceRef)",
            "message": "exactly one of upstreamRef and serviceRef must be set"
           }
          ],
          "properties": {
           "upstreamRef": {
            "type": "object",
            "description": "A LoomUpstream, or a Service annotated with loom.dev/upstream.",
            "required": [
             "name"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the upstream.",
              "minLength": 1,
              "maxLength": 253
             },
             "namespace": {
              "type": "string",
              "description": "Namespace of the upstream. Another namespace than the route's needs a ReferenceGrant there.",
              "minLength": 1,
              "maxLength": 63
             }
            }
           },
           "serviceRef": {
            "type": "object",
            "description": "A Service, balanced with the defaults.",
            "required": [
             "name",
             "port"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the Service.",
              "minLength": 1,
              "maxLength": 63
             },
             "namespace": {
              "type": "string",
              "description": "Namespace of the Service. Another namespace than the route's needs a ReferenceGrant there.",
              "minLength": 1,
              "maxLength": 63
             },
             "port": {
              "type": "integer",
              "format": "int32",
              "description": "Port number of the Service.",
              "minimum": 1,
              "maximum": 65535
             }
            }
           },
           "weight": {
            "type": "integer",
            "format": "int32",
            "description": "Share of the requests. 0 takes none.",
            "minimum": 0,
            "maximum": 1000000,
            "default": 1
           }
          }
         }
        },
        "plugins": {
         "type": "array",
         "description": "WasmPlugins that see the requests of this rule. They run by phase, then priority, then name.",
         "maxItems": 16,
         "x-kubernetes-list-type": "map",
         "x-kubernetes-list-map-keys": [
          "name"
         ],
         "items": {
          "type": "object",
          "description": "One WasmPlugin.",
          "required": [
           "name"
          ],
          "properties": {
           "name": {
            "type": "string",
            "description": "Name of the WasmPlugin.",
            "minLength": 1,
            "maxLength": 253
           },
           "namespace": {
            "type": "string",
            "description": "Namespace of the WasmPlugin. Another namespace than the route's needs a ReferenceGrant there.",
            "minLength": 1,
            "maxLength": 63
           },
           "config": {
            "description": "Configuration of the plugin for this rule in place of its own: an object or list is read as JSON, a string as it stands.",
            "x-kubernetes-preserve-unknown-fields": true
           }
          }
         }
        },
        "priority": {
         "type": "string",
         "description": "Which requests are served while there are more than can be: those of High before those of Normal, and these before those of Low. It has nothing to do with which rule a request goes by.",
         "enum": [
          "High",
          "Normal",
          "Low"
         ],
         "default": "Normal"
        },
        "timeouts": {
         "type": "object",
         "description": "Time limits. 0s means no limit.",
         "properties": {
          "request": {
           "type": "string",
           "description": "From the request's first byte to the response's last. Default 0s.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
          },
          "response": {
           "type": "string",
           "description": "From the last byte of the request to the head of the upstream's response. Default 60s.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
          },
          "idle": {
           "type": "string",
           "description": "Longest silence between two pieces of the response. Default 60s.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
          },
          "tunnel": {
           "type": "string",
           "description": "Longest silence of a WebSocket or another upgraded connection, in both directions. The other limits do not apply to it. Default: that of the process, 1h.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
          },
          "perTry": {
           "type": "string",
           "description": "From the choice of an endpoint to the head of its response, for each try. Default 0s.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
          },
          "stream": {
           "type": "string",
           "description": "Longest life of an exchange that request does not end: an upgraded connection, a call of gRPC, a response of text/event-stream. Default 0s.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
          }
         }
        },
        "retries": {
         "type": "object",
         "description": "When a request is tried again, at another endpoint where there is one, before anything of a response has gone to the client. Without this what could not be sent is tried again, and what has no body and an idempotent method after a reset.",
         "properties": {
          "attempts": {
           "type": "integer",
           "format": "int32",
           "description": "Tries beyond the first.",
           "minimum": 0,
           "maximum": 10,
           "default": 2
          },
          "causes": {
           "type": "array",
           "description": "What is tried again beside statuses. ConnectFailure: nothing was sent, whatever the method. Reset: the connection ended before the response. Timeout: no response in time (timeouts response and perTry).",
           "maxItems": 3,
           "x-kubernetes-list-type": "set",
           "default": [
            "ConnectFailure",
            "Reset"
           ],
           "items": {
            "type": "string",
            "enum": [
             "ConnectFailure",
             "Reset",
             "Timeout"
            ]
           }
          },
          "statuses": {
           "type": "array",
           "description": "Statuses of responses that are tried again.",
           "maxItems": 16,
           "x-kubernetes-list-type": "set",
           "default": [],
           "items": {
            "type": "integer",
            "format": "int32",
            "minimum": 400,
            "maximum": 599
           }
          },
          "grpcStatuses": {
           "type": "array",
           "description": "Statuses of gRPC that are tried again where they come instead of a response (trailers-only), whatever the method: calls are all POST.",
           "maxItems": 5,
           "x-kubernetes-list-type": "set",
           "default": [],
           "items": {
            "type": "string",
            "enum": [
             "Cancelled",
             "DeadlineExceeded",
             "Internal",
             "ResourceExhausted",
             "Unavailable"
            ]
           }
          },
          "methods": {
           "type": "array",
           "description": "Methods of requests that may be done twice.",
           "minItems": 1,
           "maxItems": 16,
           "x-kubernetes-list-type": "set",
           "default": [
            "GET",
            "HEAD",
            "OPTIONS",
            "PUT",
            "DELETE"
           ],
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 32,
            "pattern": "^[A-Z][A-Z-]*$"
           }
          },
          "backoff": {
           "type": "object",
           "description": "Pause before a try, where the one before may have reached the upstream. A random time up to base, doubled with each try up to max.",
           "default": {},
           "properties": {
            "base": {
             "type": "string",
             "description": "Longest pause before the second try.",
             "maxLength": 32,
             "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
             "default": "25ms"
            },
            "max": {
             "type": "string",
             "description": "Longest pause before any.",
             "maxLength": 32,
             "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
             "default": "250ms"
            }
           }
          },
          "maxRetryAfter": {
           "type": "string",
           "description": "A response whose Retry-After is longer is passed on; a shorter one is waited for. 0s: none is tried again.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
           "default": "1s"
          },
          "budget": {
           "type": "object",
           "description": "How many tries of what may have reached the upstream go on at once, in the whole process.",
           "default": {},
           "properties": {
            "percent": {
             "type": "integer",
             "format": "int32",
             "description": "Share of the upstream's requests in flight.",
             "minimum": 0,
             "maximum": 100,
             "default": 20
            },
            "floor": {
             "type": "integer",
             "format": "int32",
             "description": "So many in any case.",
             "minimum": 0,
             "maximum": 10000,
             "default": 10
            }
           }
          },
          "bodyBufferBytes": {
           "type": "integer",
           "format": "int32",
           "description": "Request bodies up to this size are kept until there is a response and can be sent again; longer ones are not.",
           "minimum": 0,
           "maximum": 16777216,
           "default": 65536
          }
         }
        },
        "maxRequestBodyBytes": {
         "type": "integer",
         "format": "int64",
         "description": "Largest request body. A larger one is answered with 413. 0 means no limit. The listener's limit is the default.",
         "minimum": 0
        },
        "errorResponses": {
         "type": "array",
         "description": "Bodies of your own for failures. The first entry that fits is taken.",
         "minItems": 1,
         "maxItems": 16,
         "items": {
          "type": "object",
          "description": "Failures, and what to say of them.",
          "required": [
           "bodies"
          ],
          "x-kubernetes-validations": [
           {
            "rule": "has(self.statuses) || has(self.codes)",
            "message": "one of statuses and codes must be set"
           }
          ],
          "properties": {
           "statuses": {
            "type": "array",
            "description": "Status codes such as `404`, or families: `4xx` and `5xx`.",
            "minItems": 1,
            "maxItems": 64,
            "x-kubernetes-list-type": "set",
            "items": {
             "type": "string",
             "minLength": 3,
             "maxLength": 3,
             "pattern": "^[45](xx|[0-9]{2})$"
            }
           },
           "codes": {
            "type": "array",
            "description": "Error codes of Loom such as `breaker-open`.",
            "minItems": 1,
            "maxItems": 64,
            "x-kubernetes-list-type": "set",
            "items": {
             "type": "string",
             "minLength": 1,
             "maxLength": 63,
             "pattern": "^[a-z0-9-]+$"
            }
           },
           "from": {
            "type": "string",
            "description": "Whose failures: those that Loom answers with, those of the backend, or both.",
            "enum": [
             "Loom",
             "Upstream",
             "Any"
            ],
            "default": "Loom"
           },
           "status": {
            "type": "integer",
            "format": "int32",
            "description": "Status code to answer with. Default that of the failure.",
            "minimum": 200,
            "maximum": 599
           },
           "bodies": {
            "type": "array",
            "description": "The client gets the one that its Accept likes best, the first where it does not say.",
            "minItems": 1,
            "maxItems": 8,
            "items": {
             "type": "object",
             "description": "One body.",
             "required": [
              "contentType",
              "text"
             ],
             "properties": {
              "contentType": {
               "type": "string",
               "description": "Media type of the body. Values in HTML, XML and JSON are escaped as these need it.",
               "minLength": 3,
               "maxLength": 256,
               "pattern": "^[^/ ;]+/[ -~]+$"
              },
              "text": {
               "type": "string",
               "description": "The body. `${response.status}`, `${error.code}`, `${error.message}`, `${request.id}` and others stand for what a response and its request have.",
               "maxLength": 65536
              }
             }
            }
           }
          }
         }
        },
        "faults": {
         "type": "object",
         "description": "Delays and failures on purpose, to see what they do to clients.",
         "minProperties": 1,
         "properties": {
          "delay": {
           "type": "object",
           "description": "Lets requests wait.",
           "required": [
            "duration"
           ],
           "properties": {
            "duration": {
             "type": "string",
             "description": "How long.",
             "maxLength": 32,
             "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
            },
            "percent": {
             "type": "integer",
             "format": "int32",
             "description": "Share of the requests.",
             "minimum": 0,
             "maximum": 100,
             "default": 100
            }
           }
          },
          "abort": {
           "type": "object",
           "description": "Answers requests with a failure, those that have waited too.",
           "properties": {
            "status": {
             "type": "integer",
             "format": "int32",
             "description": "Status code.",
             "minimum": 400,
             "maximum": 599,
             "default": 503
            },
            "percent": {
             "type": "integer",
             "format": "int32",
             "description": "Share of the requests.",
             "minimum": 0,
             "maximum": 100,
             "default": 100
            }
           }
          }
         }
        },
        "tracing": {
         "type": "object",
         "description": "Which requests are recorded in traces. It changes nothing where the settings have no tracing, and for requests whose sender has decided already.",
         "required": [
          "samplePercent"
         ],
         "properties": {
          "samplePercent": {
           "type": "integer",
           "format": "int32",
           "description": "Percentage of the traces beginning here that are recorded, in place of the one in the settings.",
           "minimum": 0,
           "maximum": 100
          }
         }
        },
        "ipAccess": {
         "type": "object",
         "description": "Which clients may come, by their address behind trusted proxies. Others are answered with 403.",
         "minProperties": 1,
         "properties": {
          "allow": {
           "type": "array",
           "description": "Addresses and networks in CIDR notation that may come. Absent means all that are not denied.",
           "minItems": 1,
           "maxItems": 1024,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 2,
            "maxLength": 49,
            "pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"
           }
          },
          "deny": {
           "type": "array",
           "description": "Those that may not, also where they are allowed.",
           "minItems": 1,
           "maxItems": 1024,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 2,
            "maxLength": 49,
            "pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"
           }
          }
         }
        },
        "cors": {
         "type": "object",
         "description": "Cross-origin requests of browsers. Loom answers preflights, and says in place of the backend who may read responses.",
         "required": [
          "allowOrigins"
         ],
         "x-kubernetes-validations": [
          {
           "rule": "!has(self.allowHeaders) || !('*' in self.allowHeaders) || size(self.allowHeaders) == 1",
           "message": "allowHeaders must not have other names beside *"
          }
         ],
         "properties": {
          "allowOrigins": {
           "type": "array",
           "description": "Origins whose scripts may read responses.",
           "minItems": 1,
           "maxItems": 32,
           "items": {
            "type": "object",
            "description": "One origin or a family of them.",
            "required": [
             "value"
            ],
            "x-kubernetes-validations": [
             {
              "rule": "(has(self.type) && self.type == 'Regex') || self.value.matches('^([*]|null|[a-z][a-z0-9+.-]*://([*][.])?[^/ ?#@*]+)$')",
              "message": "an origin is *, null, or a scheme, a host with or without *. before it, and a port where it has one"
             }
            ],
            "properties": {
             "type": {
              "type": "string",
              "description": "Exact is one origin, every one below a domain with `*.`, or every one with `*`. Regex is an RE2 expression for the whole origin.",
              "enum": [
               "Exact",
               "Regex"
              ],
              "default": "Exact"
             },
             "value": {
              "type": "string",
              "description": "Such as `https://shop.example.com`, `https://*.example.com` or `*`.",
              "minLength": 1,
              "maxLength": 512
             }
            }
           }
          },
          "allowMethods": {
           "type": "array",
           "description": "Methods that scripts may use.",
           "minItems": 1,
           "maxItems": 16,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 32,
            "pattern": "^[A-Z][A-Z-]*$"
           },
           "default": [
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "PATCH",
            "DELETE"
           ]
          },
          "allowHeaders": {
           "type": "array",
           "description": "Request headers that scripts may set beside those that are always allowed; `*` allows all that they ask for.",
           "maxItems": 64,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          },
          "exposeHeaders": {
           "type": "array",
           "description": "Response headers that scripts may read beside those that are always allowed.",
           "maxItems": 64,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          },
          "allowCredentials": {
           "type": "boolean",
           "description": "Whether requests may carry cookies and other credentials.",
           "default": false
          },
          "allowPrivateNetwork": {
           "type": "boolean",
           "description": "Whether pages of a public network may come to one that is private.",
           "default": false
          },
          "maxAge": {
           "type": "string",
           "description": "How long browsers may keep the answer to a preflight.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
           "default": "5m"
          }
         }
        },
        "compression": {
         "type": "object",
         "description": "Compresses responses for clients that accept it, unless they are compressed already or not to be transformed.",
         "properties": {
          "algorithms": {
           "type": "array",
           "description": "Which, the ones to be preferred first.",
           "minItems": 1,
           "maxItems": 3,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "enum": [
             "Brotli",
             "Zstd",
             "Gzip"
            ]
           },
           "default": [
            "Brotli",
            "Zstd",
            "Gzip"
           ]
          },
          "minBytes": {
           "type": "integer",
           "format": "int32",
           "description": "Smallest response that is compressed where its size is known.",
           "minimum": 0,
           "maximum": 1048576,
           "default": 1024
          },
          "contentTypes": {
           "type": "array",
           "description": "Media types to compress, without parameters; `text/*` is every text.",
           "minItems": 1,
           "maxItems": 64,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 3,
            "maxLength": 128,
            "pattern": "^[A-Za-z0-9!#$&^_.+-]+/([*]|[A-Za-z0-9!#$&^_.+-]+)$"
           },
           "default": [
            "text/*",
            "application/javascript",
            "application/json",
            "application/ld+json",
            "application/manifest+json",
            "application/problem+json",
            "application/rss+xml",
            "application/atom+xml",
            "application/wasm",
            "application/xhtml+xml",
            "application/xml",
            "application/x-ndjson",
            "font/otf",
            "font/ttf",
            "image/svg+xml",
            "image/x-icon"
           ]
          }
         }
        },
        "decompression": {
         "type": "object",
         "description": "Plugins and the upstream get request bodies in clear that clients have compressed.",
         "properties": {
          "algorithms": {
           "type": "array",
           "description": "Which.",
           "minItems": 1,
           "maxItems": 3,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "enum": [
             "Brotli",
             "Zstd",
             "Gzip"
            ]
           },
           "default": [
            "Brotli",
            "Zstd",
            "Gzip"
           ]
          },
          "maxBytes": {
           "type": "integer",
           "format": "int64",
           "description": "Largest body in clear. A larger one is answered with 413.",
           "minimum": 1,
           "maximum": 1099511627776,
           "default": 67108864
          }
         }
        },
        "mirrors": {
         "type": "array",
         "description": "Where copies of requests go. Their responses are thrown away, and no client waits for them.",
         "minItems": 1,
         "maxItems": 8,
         "items": {
          "type": "object",
          "description": "One LoomUpstream or Service.",
          "x-kubernetes-validations": [
           {
            "rule": "has(self.upstreamRef) != has(self.serviceRef)",
            "message": "exactly one of upstreamRef and serviceRef must be set"
           }
          ],
          "properties": {
           "upstreamRef": {
            "type": "object",
            "description": "A LoomUpstream, or a Service annotated with loom.dev/upstream.",
            "required": [
             "name"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the upstream.",
              "minLength": 1,
              "maxLength": 253
             },
             "namespace": {
              "type": "string",
              "description": "Namespace of the upstream. Another namespace than the route's needs a ReferenceGrant there.",
              "minLength": 1,
              "maxLength": 63
             }
            }
           },
           "serviceRef": {
            "type": "object",
            "description": "A Service, balanced with the defaults.",
            "required": [
             "name",
             "port"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the Service.",
              "minLength": 1,
              "maxLength": 63
             },
             "namespace": {
              "type": "string",
              "description": "Namespace of the Service. Another namespace than the route's needs a ReferenceGrant there.",
              "minLength": 1,
              "maxLength": 63
             },
             "port": {
              "type": "integer",
              "format": "int32",
              "description": "Port number of the Service.",
              "minimum": 1,
              "maximum": 65535
             }
            }
           },
           "percent": {
            "type": "integer",
            "format": "int32",
            "description": "Share of the requests.",
            "minimum": 0,
            "maximum": 100,
            "default": 100
           }
          }
         }
        },
        "rateLimits": {
         "type": "array",
         "description": "How many requests may come. A request passes when each limit has a token for it; otherwise it is answered with 429.",
         "minItems": 1,
         "maxItems": 8,
         "x-kubernetes-list-type": "map",
         "x-kubernetes-list-map-keys": [
          "name"
         ],
         "items": {
          "type": "object",
          "description": "Token buckets, one for each key.",
          "required": [
           "name",
           "requests"
          ],
          "properties": {
           "name": {
            "type": "string",
            "description": "Name of the limit. Clients see it in the fields RateLimit and RateLimit-Policy.",
            "minLength": 1,
            "maxLength": 63,
            "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
           },
           "requests": {
            "type": "integer",
            "format": "int32",
            "description": "Tokens that come back in the time of per.",
            "minimum": 1,
            "maximum": 1000000000
           },
           "per": {
            "type": "string",
            "description": "Time in which that many come back, in whole seconds up to 24h.",
            "maxLength": 32,
            "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
            "default": "1s"
           },
           "burst": {
            "type": "integer",
            "format": "int32",
            "description": "Size of a bucket. Default requests.",
            "minimum": 1,
            "maximum": 1000000000
           },
           "scope": {
            "type": "string",
            "description": "Whose requests are counted together: those of each process of Loom, or of all that share the Redis of the settings.",
            "enum": [
             "Process",
             "Global"
            ],
            "default": "Process"
           },
           "fallback": {
            "type": "string",
            "description": "What a limit of scope Global does while Redis is away: count for the process alone, let everything pass, or nothing.",
            "enum": [
             "Process",
             "Allow",
             "Deny"
            ],
            "default": "Process"
           },
           "key": {
            "type": "array",
            "description": "What requests that share a bucket have in common, all parts together. Absent means one bucket for the rule.",
            "minItems": 1,
            "maxItems": 8,
            "items": {
             "type": "object",
             "description": "One part of the key. Requests that lack it share a bucket.",
             "required": [
              "type"
             ],
             "x-kubernetes-validations": [
              {
               "rule": "has(self.name) == (self.type == 'Header' || self.type == 'Cookie' || self.type == 'PathParameter')",
               "message": "name is needed for Header, Cookie and PathParameter, and not allowed for the others"
              }
             ],
             "properties": {
              "type": {
               "type": "string",
               "description": "What to look at. ClientIP is the address behind trusted proxies; of IPv6 its /64 network counts.",
               "enum": [
                "ClientIP",
                "Header",
                "Cookie",
                "PathParameter",
                "Host",
                "Path",
                "Method"
               ]
              },
              "name": {
               "type": "string",
               "description": "Name of the header, cookie or captured path segment.",
               "minLength": 1,
               "maxLength": 256,
               "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
              }
             }
            }
           }
          }
         }
        },
        "jwt": {
         "type": "object",
         "description": "Only requests with a JSON Web Token (RFC 7519) that one of the providers has signed pass. Others are answered with 401, and with 403 where the token lacks a scope.",
         "required": [
          "providers"
         ],
         "properties": {
          "providers": {
           "type": "array",
           "description": "Who may sign tokens.",
           "minItems": 1,
           "maxItems": 8,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "name"
           ],
           "items": {
            "type": "object",
            "description": "One issuer of tokens with its keys.",
            "required": [
             "name"
            ],
            "x-kubernetes-validations": [
             {
              "rule": "has(self.jwks) != has(self.jwksUrl)",
              "message": "needs either jwks or jwksUrl"
             }
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the provider.",
              "minLength": 1,
              "maxLength": 63,
              "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
             },
             "issuer": {
              "type": "string",
              "description": "What the claim iss must be. Absent means that it does not matter.",
              "minLength": 1,
              "maxLength": 512
             },
             "audiences": {
              "type": "array",
              "description": "One of them must be in the claim aud. Absent means that it does not matter.",
              "minItems": 1,
              "maxItems": 16,
              "x-kubernetes-list-type": "set",
              "items": {
               "type": "string",
               "minLength": 1,
               "maxLength": 512
              }
             },
             "jwks": {
              "type": "string",
              "description": "The public keys as the text of a JSON Web Key Set (RFC 7517).",
              "minLength": 2,
              "maxLength": 65536
             },
             "jwksUrl": {
              "type": "string",
              "description": "Where the keys can be read; they are read ahead of the first request, and the last good ones stay in use while nobody answers there.",
              "maxLength": 2048,
              "pattern": "^https?://[^\\s]+$"
             },
             "refreshInterval": {
              "type": "string",
              "description": "How long keys from jwksUrl are used before they are read again. An unknown key is looked for at once.",
              "maxLength": 32,
              "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
              "default": "5m"
             },
             "scopes": {
              "type": "array",
              "description": "Words that must all be in the claim scope or scp.",
              "maxItems": 16,
              "x-kubernetes-list-type": "set",
              "items": {
               "type": "string",
               "minLength": 1,
               "maxLength": 256,
               "pattern": "^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$"
              }
             },
             "claimHeaders": {
              "type": "array",
              "description": "Claims that the upstream gets as request headers. What a client sends in these headers never reaches it.",
              "maxItems": 32,
              "items": {
               "type": "object",
               "description": "A claim and its header.",
               "required": [
                "claim",
                "header"
               ],
               "properties": {
                "claim": {
                 "type": "string",
                 "description": "Name of the claim; names of nested objects are joined with dots.",
                 "minLength": 1,
                 "maxLength": 256
                },
                "header": {
                 "type": "string",
                 "description": "Name of the header.",
                 "minLength": 1,
                 "maxLength": 256,
                 "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
                }
               }
              }
             }
            }
           }
          },
          "tokenFrom": {
           "type": "array",
           "description": "Where the token stands; the first place that has one counts. Default: the header Authorization behind Bearer.",
           "minItems": 1,
           "maxItems": 8,
           "items": {
            "type": "object",
            "description": "One place.",
            "required": [
             "type",
             "name"
            ],
            "x-kubernetes-validations": [
             {
              "rule": "!has(self.prefix) || self.type == 'Header'",
              "message": "prefix is only for Header"
             }
            ],
            "properties": {
             "type": {
              "type": "string",
              "description": "What to look at.",
              "enum": [
               "Header",
               "Cookie",
               "Query"
              ]
             },
             "name": {
              "type": "string",
              "description": "Name of the header, cookie or query parameter.",
              "minLength": 1,
              "maxLength": 256,
              "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
             },
             "prefix": {
              "type": "string",
              "description": "What stands before the token in the header.",
              "minLength": 1,
              "maxLength": 64
             }
            }
           }
          },
          "optional": {
           "type": "boolean",
           "description": "Requests without a token pass. A token that is not good is refused all the same.",
           "default": false
          },
          "removeToken": {
           "type": "boolean",
           "description": "The upstream does not see the token.",
           "default": false
          },
          "clockSkew": {
           "type": "string",
           "description": "How far clocks may differ where a token says when it begins and ends.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
           "default": "60s"
          }
         }
        },
        "basicAuth": {
         "type": "object",
         "description": "Only requests with the name and password of a user (RFC 7617) pass. Others are answered with 401.",
         "x-kubernetes-validations": [
          {
           "rule": "has(self.secretRef) != has(self.users)",
           "message": "needs either secretRef or users"
          }
         ],
         "properties": {
          "secretRef": {
           "type": "object",
           "description": "Secret of type Opaque that has the users in auth (or .htpasswd, or users), as in the field users.",
           "required": [
            "name"
           ],
           "properties": {
            "name": {
             "type": "string",
             "description": "Name of the Secret.",
             "minLength": 1,
             "maxLength": 253
            },
            "namespace": {
             "type": "string",
             "description": "Namespace of the Secret. Another namespace than the route's needs a ReferenceGrant there.",
             "minLength": 1,
             "maxLength": 63
            }
           }
          },
          "users": {
           "type": "string",
           "description": "Lines of a name, a colon and the hash of a password, as `htpasswd -B` writes them: bcrypt, or {SHA}.",
           "minLength": 1,
           "maxLength": 65536
          },
          "realm": {
           "type": "string",
           "description": "What browsers show when they ask for the password.",
           "maxLength": 128,
           "pattern": "^[ !#-\\[\\]-~]*$",
           "default": "restricted"
          },
          "userHeader": {
           "type": "string",
           "description": "Header in which the upstream gets the name of the user. What a client sends in it never reaches the upstream.",
           "minLength": 1,
           "maxLength": 256,
           "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
          },
          "removeCredentials": {
           "type": "boolean",
           "description": "The upstream does not see the header Authorization.",
           "default": false
          }
         }
        },
        "externalAuth": {
         "type": "object",
         "description": "An HTTP service is asked of each request whether it may pass. What it answers with a status other than 2xx is what the client gets.",
         "x-kubernetes-validations": [
          {
           "rule": "has(self.upstreamRef) != has(self.serviceRef)",
           "message": "exactly one of upstreamRef and serviceRef must be set"
          },
          {
           "rule": "!(has(self.path) && has(self.pathPrefix))",
           "message": "path and pathPrefix exclude each other"
          }
         ],
         "properties": {
          "upstreamRef": {
           "type": "object",
           "description": "A LoomUpstream, or a Service annotated with loom.dev/upstream.",
           "required": [
            "name"
           ],
           "properties": {
            "name": {
             "type": "string",
             "description": "Name of the upstream.",
             "minLength": 1,
             "maxLength": 253
            },
            "namespace": {
             "type": "string",
             "description": "Namespace of the upstream. Another namespace than the route's needs a ReferenceGrant there.",
             "minLength": 1,
             "maxLength": 63
            }
           }
          },
          "serviceRef": {
           "type": "object",
           "description": "A Service, balanced with the defaults.",
           "required": [
            "name",
            "port"
           ],
           "properties": {
            "name": {
             "type": "string",
             "description": "Name of the Service.",
             "minLength": 1,
             "maxLength": 63
            },
            "namespace": {
             "type": "string",
             "description": "Namespace of the Service. Another namespace than the route's needs a ReferenceGrant there.",
             "minLength": 1,
             "maxLength": 63
            },
            "port": {
             "type": "integer",
             "format": "int32",
             "description": "Port number of the Service.",
             "minimum": 1,
             "maximum": 65535
            }
           }
          },
          "path": {
           "type": "string",
           "description": "Path that is asked for, whatever the path of the request. Default /.",
           "minLength": 1,
           "maxLength": 1024,
           "pattern": "^/[!-:<-~]*$"
          },
          "pathPrefix": {
           "type": "string",
           "description": "What is put before the path of the request, whose query comes too.",
           "minLength": 1,
           "maxLength": 1024,
           "pattern": "^/[!-:<-~]*$"
          },
          "preserveMethod": {
           "type": "boolean",
           "description": "Ask with the method of the request instead of GET.",
           "default": false
          },
          "host": {
           "type": "string",
           "description": "Host that is asked for. Default that of the request.",
           "minLength": 1,
           "maxLength": 259,
           "pattern": "^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$"
          },
          "requestHeaders": {
           "type": "array",
           "description": "Headers of the request that the service gets, beside X-Forwarded-* and X-Request-Id. Default all.",
           "maxItems": 64,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          },
          "upstreamHeaders": {
           "type": "array",
           "description": "Headers of an answer with 2xx that the upstream gets, in place of those that the client has sent.",
           "maxItems": 64,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          },
          "responseHeaders": {
           "type": "array",
           "description": "Headers of an answer with 2xx that the client gets, such as Set-Cookie.",
           "maxItems": 64,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          },
          "refusalHeaders": {
           "type": "array",
           "description": "Headers of another answer that the client gets, beside those of its body. Default all.",
           "maxItems": 64,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          },
          "timeout": {
           "type": "string",
           "description": "Longest wait for an answer.",
           "maxLength": 32,
           "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
           "default": "1s"
          },
          "failOpen": {
           "type": "boolean",
           "description": "Requests pass while the service does not answer, or answers with 5xx. Otherwise they are answered with 503.",
           "default": false
          },
          "maxBodyBytes": {
           "type": "integer",
           "format": "int32",
           "description": "Largest request body that the service gets, with the method of the request. A larger one is answered with 413. 0: the service gets no bodies.",
           "minimum": 0,
           "maximum": 16777216,
           "default": 0
          }
         }
        },
        "rewrite": {
         "type": "object",
         "description": "Changes to the request's target before it goes upstream.",
         "minProperties": 1,
         "properties": {
          "host": {
           "type": "string",
           "description": "New host. `${param.NAME}`, `${header.NAME}` and others stand for what a request has.",
           "minLength": 1,
           "maxLength": 512,
           "pattern": "^([-a-z0-9.]|\\$\\{[^{}]+\\})+$"
          },
          "path": {
           "type": "object",
           "description": "New path.",
           "required": [
            "type",
            "value"
           ],
           "properties": {
            "type": {
             "type": "string",
             "description": "Full replaces the whole path, Prefix the part that the path condition matched.",
             "enum": [
              "Full",
              "Prefix"
             ]
            },
            "value": {
             "type": "string",
             "description": "Replacement. With Full, :name stands for a segment captured by a Pattern.",
             "minLength": 1,
             "maxLength": 1024,
             "pattern": "^/"
            }
           }
          }
         }
        },
        "redirect": {
         "type": "object",
         "description": "Answer with a redirect. What is not named stays as it was in the request.",
         "minProperties": 1,
         "properties": {
          "scheme": {
           "type": "string",
           "description": "New scheme.",
           "enum": [
            "http",
            "https"
           ]
          },
          "host": {
           "type": "string",
           "description": "New host. `${param.NAME}`, `${header.NAME}` and others stand for what a request has.",
           "minLength": 1,
           "maxLength": 512,
           "pattern": "^([-a-z0-9.]|\\$\\{[^{}]+\\})+$"
          },
          "port": {
           "type": "integer",
           "format": "int32",
           "description": "New port.",
           "minimum": 1,
           "maximum": 65535
          },
          "path": {
           "type": "object",
           "description": "New path.",
           "required": [
            "type",
            "value"
           ],
           "properties": {
            "type": {
             "type": "string",
             "description": "Full replaces the whole path, Prefix the part that the path condition matched.",
             "enum": [
              "Full",
              "Prefix"
             ]
            },
            "value": {
             "type": "string",
             "description": "Replacement. With Full, :name stands for a segment captured by a Pattern.",
             "minLength": 1,
             "maxLength": 1024,
             "pattern": "^/"
            }
           }
          },
          "status": {
           "type": "integer",
           "format": "int32",
           "description": "Status code.",
           "enum": [
            301,
            302,
            303,
            307,
            308
           ],
           "default": 302
          }
         }
        },
        "directResponse": {
         "type": "object",
         "description": "Answer at once, without a backend.",
         "required": [
          "status"
         ],
         "properties": {
          "status": {
           "type": "integer",
           "format": "int32",
           "description": "Status code.",
           "minimum": 200,
           "maximum": 599
          },
          "contentType": {
           "type": "string",
           "description": "Media type of the body.",
           "minLength": 1,
           "maxLength": 256,
           "pattern": "^[\\t -~]+$",
           "default": "text/plain; charset=utf-8"
          },
          "body": {
           "type": "string",
           "description": "Body of the response.",
           "maxLength": 65536
          }
         }
        },
        "requestHeaders": {
         "type": "object",
         "description": "Changes to headers: remove, then set, then add.",
         "minProperties": 1,
         "properties": {
          "set": {
           "type": "array",
           "description": "Headers to write.",
           "maxItems": 32,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "name"
           ],
           "items": {
            "type": "object",
            "description": "One header.",
            "required": [
             "name",
             "value"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the header.",
              "minLength": 1,
              "maxLength": 256,
              "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
             },
             "value": {
              "type": "string",
              "description": "Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has.",
              "maxLength": 4096,
              "pattern": "^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$"
             }
            }
           }
          },
          "add": {
           "type": "array",
           "description": "Headers to write.",
           "maxItems": 32,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "name"
           ],
           "items": {
            "type": "object",
            "description": "One header.",
            "required": [
             "name",
             "value"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the header.",
              "minLength": 1,
              "maxLength": 256,
              "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
             },
             "value": {
              "type": "string",
              "description": "Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has.",
              "maxLength": 4096,
              "pattern": "^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$"
             }
            }
           }
          },
          "remove": {
           "type": "array",
           "description": "Names of headers to remove.",
           "maxItems": 32,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "description": "Name of the header.",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          }
         }
        },
        "responseHeaders": {
         "type": "object",
         "description": "Changes to headers: remove, then set, then add.",
         "minProperties": 1,
         "properties": {
          "set": {
           "type": "array",
           "description": "Headers to write.",
           "maxItems": 32,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "name"
           ],
           "items": {
            "type": "object",
            "description": "One header.",
            "required": [
             "name",
             "value"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the header.",
              "minLength": 1,
              "maxLength": 256,
              "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
             },
             "value": {
              "type": "string",
              "description": "Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has.",
              "maxLength": 4096,
              "pattern": "^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$"
             }
            }
           }
          },
          "add": {
           "type": "array",
           "description": "Headers to write.",
           "maxItems": 32,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "name"
           ],
           "items": {
            "type": "object",
            "description": "One header.",
            "required": [
             "name",
             "value"
            ],
            "properties": {
             "name": {
              "type": "string",
              "description": "Name of the header.",
              "minLength": 1,
              "maxLength": 256,
              "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
             },
             "value": {
              "type": "string",
              "description": "Value of the header. `${param.NAME}`, `${header.NAME}`, `${client.address}`, `${request.id}` and others stand for what a request has.",
              "maxLength": 4096,
              "pattern": "^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$"
             }
            }
           }
          },
          "remove": {
           "type": "array",
           "description": "Names of headers to remove.",
           "maxItems": 32,
           "x-kubernetes-list-type": "set",
           "items": {
            "type": "string",
            "description": "Name of the header.",
            "minLength": 1,
            "maxLength": 256,
            "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
           }
          }
         }
        }
       }
      }
     }
    }
   },
   "status": {
    "type": "object",
    "description": "What became of the object. Written by Loom.",
    "properties": {
     "loadBalancer": {
      "type": "object",
      "description": "Where clients reach Loom, in the shape of the status of an Ingress, for tools that make DNS records. There while Loom publishes addresses.",
      "properties": {
       "ingress": {
        "type": "array",
        "description": "Addresses of the load balancer in front of Loom.",
        "maxItems": 64,
        "x-kubernetes-list-type": "atomic",
        "items": {
         "type": "object",
         "description": "One address.",
         "minProperties": 1,
         "maxProperties": 1,
         "properties": {
          "ip": {
           "type": "string",
           "description": "IPv4 or IPv6 address.",
           "minLength": 1,
           "maxLength": 45
          },
          "hostname": {
           "type": "string",
           "description": "Name that leads there.",
           "minLength": 1,
           "maxLength": 253
          }
         }
        }
       }
      }
     },
     "conditions": {
      "type": "array",
      "description": "Accepted (valid), ResolvedRefs (what it names exists and may be used), Programmed (every data worker serves it).",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "type"
      ],
      "items": {
       "type": "object",
       "description": "One condition, in the shape of the Kubernetes API conventions.",
       "required": [
        "type",
        "status",
        "reason",
        "message",
        "lastTransitionTime"
       ],
       "properties": {
        "type": {
         "type": "string",
         "description": "Name of the condition.",
         "minLength": 1,
         "maxLength": 316
        },
        "status": {
         "type": "string",
         "description": "State of the condition.",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "observedGeneration": {
         "type": "integer",
         "format": "int64",
         "description": "Generation of the object that this is about.",
         "minimum": 0
        },
        "lastTransitionTime": {
         "type": "string",
         "format": "date-time",
         "description": "When the status last changed."
        },
        "reason": {
         "type": "string",
         "description": "Word for programs.",
         "minLength": 1,
         "maxLength": 1024
        },
        "message": {
         "type": "string",
         "description": "Sentence for people.",
         "maxLength": 32768
        }
       }
      }
     }
    }
   }
  }
 },
 "LoomUpstream": {
  "type": "object",
  "description": "LoomUpstream names a set of endpoints and says how requests are spread over them.",
  "required": [
   "spec"
  ],
  "properties": {
   "apiVersion": {
    "type": "string",
    "description": "Version of this representation of the object."
   },
   "kind": {
    "type": "string",
    "description": "Kind of this object."
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "description": "The wanted upstream.",
    "x-kubernetes-validations": [
     {
      "rule": "has(self.serviceRef) != has(self.endpoints)",
      "message": "exactly one of serviceRef and endpoints must be set"
     },
     {
      "rule": "!has(self.tls) || self.protocol == \"Https\" || self.protocol == \"H2\" || self.protocol == \"Grpcs\"",
      "message": "tls needs a protocol over TLS, which are Https, H2 and Grpcs"
     },
     {
      "rule": "!has(self.healthCheck) || self.healthCheck.type != \"Grpc\" || self.protocol in [\"H2c\", \"H2\", \"Grpc\", \"Grpcs\"]",
      "message": "a healthCheck of type Grpc needs a protocol of HTTP/2, which are H2c, H2, Grpc and Grpcs"
     },
     {
      "rule": "has(self.consistentHash) == (self.loadBalancer == \"ConsistentHash\")",
      "message": "consistentHash and the loadBalancer ConsistentHash need each other"
     },
     {
      "rule": "!has(self.dns) || has(self.endpoints)",
      "message": "dns needs endpoints"
     },
     {
      "rule": "!has(self.pool) || self.pool.prewarm == 0 || !has(self.proxyProtocol)",
      "message": "prewarm and proxyProtocol exclude each other, since a connection is of a client then"
     },
     {
      "rule": "!has(self.slowStart) || self.loadBalancer != \"ConsistentHash\"",
      "message": "slowStart has no meaning with ConsistentHash, whose shares must not move with time"
     }
    ],
    "properties": {
     "className": {
      "type": "string",
      "description": "Class of the Loom that serves this object. The default class serves objects without one.",
      "minLength": 1,
      "maxLength": 63
     },
     "serviceRef": {
      "type": "object",
      "description": "Service of the same namespace whose ready endpoints are used.",
      "required": [
       "name",
       "port"
      ],
      "properties": {
       "name": {
        "type": "string",
        "description": "Name of the Service.",
        "minLength": 1,
        "maxLength": 63
       },
       "port": {
        "type": "integer",
        "format": "int32",
        "description": "Port number of the Service.",
        "minimum": 1,
        "maximum": 65535
       }
      }
     },
     "endpoints": {
      "type": "array",
      "description": "Fixed endpoints.",
      "minItems": 1,
      "maxItems": 1024,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "address",
       "port"
      ],
      "items": {
       "type": "object",
       "description": "One address and port.",
       "required": [
        "address",
        "port"
       ],
       "properties": {
        "address": {
         "type": "string",
         "description": "IP address or host name.",
         "minLength": 1,
         "maxLength": 253,
         "pattern": "^[A-Za-z0-9:]([-A-Za-z0-9_.:]*[A-Za-z0-9:])?$"
        },
        "port": {
         "type": "integer",
         "format": "int32",
         "description": "Port number.",
         "minimum": 1,
         "maximum": 65535
        },
        "weight": {
         "type": "integer",
         "format": "int32",
         "description": "Share of the requests under Weighted and ConsistentHash. 0 takes none.",
         "minimum": 0,
         "maximum": 65535,
         "default": 1
        },
        "priority": {
         "type": "integer",
         "format": "int32",
         "description": "Endpoints of the lowest number get the requests; the next ones take over what those that are healthy there cannot.",
         "minimum": 0,
         "maximum": 127,
         "default": 0
        },
        "zone": {
         "type": "string",
         "description": "Zone in which the endpoint is.",
         "minLength": 1,
         "maxLength": 63
        }
       }
      }
     },
     "protocol": {
      "type": "string",
      "description": "What the endpoints speak. Http is HTTP/1.1 and Https the same over TLS, H2c is HTTP/2 in clear (prior knowledge) and H2 the same over TLS, Grpc is H2c and Grpcs is H2 for servers of gRPC.",
      "enum": [
       "Http",
       "Https",
       "H2c",
       "H2",
       "Grpc",
       "Grpcs"
      ],
      "default": "Http"
     },
     "tls": {
      "type": "object",
      "description": "How endpoints of Https, H2 and Grpcs prove who they are, and Loom to them.",
      "x-kubernetes-validations": [
       {
        "rule": "(has(self.ca) ? 1 : 0) + (has(self.caSecretRef) ? 1 : 0) + (has(self.caConfigMapRef) ? 1 : 0) <= 1",
        "message": "at most one of ca, caSecretRef and caConfigMapRef can be set"
       }
      ],
      "properties": {
       "serverName": {
        "type": "string",
        "description": "Name that is asked for (SNI) and that the certificate must be for. Default: name.namespace.svc of the Service, or else the address of the endpoint.",
        "minLength": 1,
        "maxLength": 253,
        "pattern": "^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$"
       },
       "ca": {
        "type": "string",
        "description": "Certificates in PEM of the only authorities that are believed, in place of the public ones.",
        "maxLength": 65536,
        "pattern": "^\\s*-----BEGIN CERTIFICATE-----"
       },
       "caSecretRef": {
        "type": "object",
        "description": "Secret of the same namespace that has them in ca.crt, of type Opaque or kubernetes.io/tls.",
        "required": [
         "name"
        ],
        "properties": {
         "name": {
          "type": "string",
          "description": "Name of the Secret.",
          "minLength": 1,
          "maxLength": 253
         }
        }
       },
       "caConfigMapRef": {
        "type": "object",
        "description": "ConfigMap of the same namespace that has them in ca.crt, such as kube-root-ca.crt.",
        "required": [
         "name"
        ],
        "properties": {
         "name": {
          "type": "string",
          "description": "Name of the ConfigMap.",
          "minLength": 1,
          "maxLength": 253
         }
        }
       },
       "clientCertSecretRef": {
        "type": "object",
        "description": "Secret of type kubernetes.io/tls in the same namespace, with the certificate and key that Loom shows.",
        "required": [
         "name"
        ],
        "properties": {
         "name": {
          "type": "string",
          "description": "Name of the Secret.",
          "minLength": 1,
          "maxLength": 253
         }
        }
       },
       "insecureSkipVerify": {
        "type": "boolean",
        "description": "Believe any certificate. Whoever can reach the connection can then read and change all of it."
       }
      }
     },
     "proxyProtocol": {
      "type": "string",
      "description": "Endpoints are told of whom a connection is, by a header of the PROXY protocol at its beginning, before TLS: the address of the client, and that which it came to. No connection is used for two clients then. Calls of plugins and probes are Loom's own (LOCAL).",
      "enum": [
       "V1",
       "V2"
      ]
     },
     "loadBalancer": {
      "type": "string",
      "description": "RoundRobin takes endpoints in turn, Weighted in turn by weight, LeastConn the one with the fewest requests in flight, Random any, ConsistentHash always the same for the same key. All count over every data worker of the process.",
      "enum": [
       "RoundRobin",
       "Weighted",
       "LeastConn",
       "Random",
       "ConsistentHash"
      ],
      "default": "RoundRobin"
     },
     "consistentHash": {
      "type": "object",
      "description": "What requests that go to the same endpoint have in common. Few of them move when endpoints come and go (Maglev).",
      "required": [
       "key"
      ],
      "properties": {
       "key": {
        "type": "array",
        "description": "Parts of the key, all together.",
        "minItems": 1,
        "maxItems": 8,
        "items": {
         "type": "object",
         "description": "One part of the key.",
         "required": [
          "type"
         ],
         "x-kubernetes-validations": [
          {
           "rule": "has(self.name) == (self.type == 'Header' || self.type == 'Cookie' || self.type == 'Query')",
           "message": "name is needed for Header, Cookie and Query, and not allowed for the others"
          }
         ],
         "properties": {
          "type": {
           "type": "string",
           "description": "What to look at. ClientIP is the address behind trusted proxies.",
           "enum": [
            "ClientIP",
            "Header",
            "Cookie",
            "Query",
            "Path"
           ]
          },
          "name": {
           "type": "string",
           "description": "Name of the header, cookie or query parameter.",
           "minLength": 1,
           "maxLength": 256,
           "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
          }
         }
        }
       },
       "fallback": {
        "type": "string",
        "description": "Who gets a request that has none of the parts.",
        "enum": [
         "RoundRobin",
         "LeastConn",
         "Random"
        ],
        "default": "RoundRobin"
       }
      }
     },
     "stickyCookie": {
      "type": "object",
      "description": "Sends a client back to the endpoint that it had, as long as that is there and healthy, by a cookie that Loom sets. Its value says nothing about the endpoint.",
      "x-kubernetes-validations": [
       {
        "rule": "self.sameSite != \"None\" || (has(self.secure) && self.secure)",
        "message": "sameSite None needs secure, or browsers drop the cookie"
       }
      ],
      "properties": {
       "name": {
        "type": "string",
        "description": "Name of the cookie.",
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        "default": "loom_sticky"
       },
       "ttl": {
        "type": "string",
        "description": "Max-Age, from when the cookie is set. Default: until the browser ends.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
       },
       "path": {
        "type": "string",
        "description": "Path for which browsers send it.",
        "maxLength": 1024,
        "pattern": "^/[!-:<-~]*$",
        "default": "/"
       },
       "sameSite": {
        "type": "string",
        "description": "When browsers send it along from other sites.",
        "enum": [
         "Strict",
         "Lax",
         "None"
        ],
        "default": "Lax"
       },
       "secure": {
        "type": "boolean",
        "description": "Whether browsers send it over https only.",
        "default": false
       },
       "httpOnly": {
        "type": "boolean",
        "description": "Whether scripts cannot read it.",
        "default": true
       }
      }
     },
     "slowStart": {
      "type": "object",
      "description": "An endpoint that is new, or healthy again, gets its share little by little.",
      "required": [
       "window"
      ],
      "properties": {
       "window": {
        "type": "string",
        "description": "Time until it has its whole share.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
       },
       "minShare": {
        "type": "integer",
        "format": "int32",
        "description": "Percent of its share that it begins with.",
        "minimum": 1,
        "maximum": 100,
        "default": 10
       }
      }
     },
     "zonePreference": {
      "type": "string",
      "description": "Which endpoints come first within a priority. Hints are those for the zone of this Loom by the hints of EndpointSlices, SameZone those that are in it, Off none.",
      "enum": [
       "Hints",
       "SameZone",
       "Off"
      ],
      "default": "Hints"
     },
     "panicThreshold": {
      "type": "integer",
      "format": "int32",
      "description": "Below this percentage of healthy endpoints requests go to all of them, since the checks are more likely wrong than right. 0 never does.",
      "minimum": 0,
      "maximum": 100,
      "default": 50
     },
     "healthCheck": {
      "type": "object",
      "description": "Active probes in the protocol and with the TLS of the upstream. An endpoint that fails them gets no requests.",
      "x-kubernetes-validations": [
       {
        "rule": "has(self.path) == (self.type == \"Http\")",
        "message": "path is needed for the type Http, and not allowed for the others"
       },
       {
        "rule": "!has(self.service) || self.type == \"Grpc\"",
        "message": "service is for the type Grpc"
       },
       {
        "rule": "self.type == \"Http\" || (!has(self.expectedStatuses) && !has(self.expectedBody))",
        "message": "expectedStatuses and expectedBody are for the type Http"
       },
       {
        "rule": "self.type != \"Tcp\" || (!has(self.host) && !has(self.headers))",
        "message": "host and headers are not for the type Tcp"
       }
      ],
      "properties": {
       "type": {
        "type": "string",
        "description": "Http asks for path, Tcp only connects (with TLS where the protocol has it), Grpc asks grpc.health.v1.Health.",
        "enum": [
         "Http",
         "Tcp",
         "Grpc"
        ],
        "default": "Http"
       },
       "port": {
        "type": "integer",
        "format": "int32",
        "description": "Port in place of the endpoint's.",
        "minimum": 1,
        "maximum": 65535
       },
       "host": {
        "type": "string",
        "description": "Host to ask for. Default: address and port of the endpoint.",
        "minLength": 1,
        "maxLength": 253,
        "pattern": "^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$"
       },
       "headers": {
        "type": "array",
        "description": "Header fields to send.",
        "maxItems": 16,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [
         "name"
        ],
        "items": {
         "type": "object",
         "description": "One header field.",
         "required": [
          "name",
          "value"
         ],
         "properties": {
          "name": {
           "type": "string",
           "description": "Name of the field.",
           "minLength": 1,
           "maxLength": 256,
           "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
          },
          "value": {
           "type": "string",
           "description": "Value of the field.",
           "maxLength": 4096,
           "pattern": "^[\\t -~]*$"
          }
         }
        }
       },
       "expectedStatuses": {
        "type": "array",
        "description": "Statuses that are a success, such as 204 or 200-299. Default: 200-399.",
        "minItems": 1,
        "maxItems": 16,
        "items": {
         "type": "string",
         "description": "A status or a range of them.",
         "maxLength": 7,
         "pattern": "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$"
        }
       },
       "expectedBody": {
        "type": "string",
        "description": "Text that must be in the first 64 KiB of the body.",
        "minLength": 1,
        "maxLength": 1024
       },
       "service": {
        "type": "string",
        "description": "Service to ask for. Default: the server as a whole.",
        "minLength": 1,
        "maxLength": 127
       },
       "jitter": {
        "type": "integer",
        "format": "int32",
        "description": "Percent of the interval by which each pause is longer or shorter, at most.",
        "minimum": 0,
        "maximum": 100,
        "default": 10
       },
       "path": {
        "type": "string",
        "description": "Path to request.",
        "minLength": 1,
        "maxLength": 1024,
        "pattern": "^/[!-~]*$"
       },
       "interval": {
        "type": "string",
        "description": "Time between two probes of an endpoint.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "10s"
       },
       "timeout": {
        "type": "string",
        "description": "Longest wait for an answer.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "2s"
       },
       "healthyThreshold": {
        "type": "integer",
        "format": "int32",
        "description": "Successes in a row that make an endpoint healthy.",
        "minimum": 1,
        "maximum": 100,
        "default": 2
       },
       "unhealthyThreshold": {
        "type": "integer",
        "format": "int32",
        "description": "Failures in a row that make an endpoint unhealthy.",
        "minimum": 1,
        "maximum": 100,
        "default": 3
       }
      }
     },
     "outlierDetection": {
      "type": "object",
      "description": "Passive health checks. An endpoint that stands out by what becomes of its requests is ejected for a while. Errors are connect errors, timeouts, resets and the statuses below.",
      "properties": {
       "consecutiveErrors": {
        "type": "integer",
        "format": "int32",
        "description": "Errors in a row that eject at once. 0 does not look.",
        "minimum": 0,
        "maximum": 100000,
        "default": 5
       },
       "errorPercent": {
        "type": "integer",
        "format": "int32",
        "description": "Percent of the requests of an interval that failed. 0 does not look.",
        "minimum": 0,
        "maximum": 100,
        "default": 0
       },
       "latencyFactor": {
        "type": "integer",
        "format": "int32",
        "description": "Times the median of the others that its mean time to the head of a response is, in an interval. 0 does not look.",
        "minimum": 0,
        "maximum": 1000,
        "default": 0
       },
       "minRequests": {
        "type": "integer",
        "format": "int32",
        "description": "Requests of an interval below which errorPercent and latencyFactor do not tell.",
        "minimum": 1,
        "maximum": 100000,
        "default": 20
       },
       "interval": {
        "type": "string",
        "description": "Time between two looks.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "10s"
       },
       "ejectionTime": {
        "type": "string",
        "description": "How long the first ejection lasts; the second twice as long, and so on.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "30s"
       },
       "maxEjectionTime": {
        "type": "string",
        "description": "Longest ejection.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "5m"
       },
       "maxEjectionPercent": {
        "type": "integer",
        "format": "int32",
        "description": "Percent of the endpoints that may be ejected at once. One may be in any case, where there are others.",
        "minimum": 0,
        "maximum": 100,
        "default": 50
       },
       "statuses": {
        "type": "array",
        "description": "Statuses that are errors. Default: 502, 503 and 504.",
        "maxItems": 16,
        "items": {
         "type": "integer",
         "format": "int32",
         "description": "A status.",
         "minimum": 400,
         "maximum": 599
        }
       }
      }
     },
     "circuitBreaker": {
      "type": "object",
      "description": "Stops sending requests to an upstream that keeps failing. Failures are connect errors, timeouts, resets and some statuses.",
      "properties": {
       "failureThreshold": {
        "type": "integer",
        "format": "int32",
        "description": "Failures in a row that open the breaker.",
        "minimum": 1,
        "maximum": 100000,
        "default": 5
       },
       "successThreshold": {
        "type": "integer",
        "format": "int32",
        "description": "Successes in a row that close a half-open breaker.",
        "minimum": 1,
        "maximum": 100000,
        "default": 3
       },
       "timeout": {
        "type": "string",
        "description": "How long the breaker stays open before it lets trial requests through.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "30s"
       },
       "statuses": {
        "type": "array",
        "description": "Statuses of responses that are failures.",
        "maxItems": 32,
        "x-kubernetes-list-type": "set",
        "default": [
         502,
         503,
         504
        ],
        "items": {
         "type": "integer",
         "format": "int32",
         "minimum": 400,
         "maximum": 599
        }
       }
      }
     },
     "dns": {
      "type": "object",
      "description": "Each address that the host names among the endpoints resolve to is an endpoint of its own, and names are resolved anew when their time to live is over. Without this a name is one endpoint, resolved for each connection.",
      "properties": {
       "family": {
        "type": "string",
        "description": "Which addresses count.",
        "enum": [
         "Any",
         "IPv4",
         "IPv6"
        ],
        "default": "Any"
       },
       "minInterval": {
        "type": "string",
        "description": "Least time between two look-ups.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "1s"
       },
       "maxInterval": {
        "type": "string",
        "description": "Longest time between two look-ups.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "5m"
       }
      }
     },
     "limits": {
      "type": "object",
      "description": "What may go on at once, in the whole process. A request beyond it is answered with 503.",
      "minProperties": 1,
      "x-kubernetes-validations": [
       {
        "rule": "has(self.connections) || has(self.connectionsPerEndpoint) || !has(self.pending)",
        "message": "pending needs connections or connectionsPerEndpoint, without which no request waits"
       }
      ],
      "properties": {
       "connections": {
        "type": "integer",
        "format": "int32",
        "description": "Connections to all endpoints together. A request beyond them waits for one; of HTTP/2 when the streams of all are in use.",
        "minimum": 1,
        "maximum": 1000000
       },
       "connectionsPerEndpoint": {
        "type": "integer",
        "format": "int32",
        "description": "The same to each endpoint.",
        "minimum": 1,
        "maximum": 1000000
       },
       "pending": {
        "type": "integer",
        "format": "int32",
        "description": "Requests that wait for a connection, connectTimeout at longest. 0: none waits. Default: no limit.",
        "minimum": 0,
        "maximum": 1000000
       },
       "requests": {
        "type": "integer",
        "format": "int32",
        "description": "Requests that have been sent and not answered completely.",
        "minimum": 1,
        "maximum": 1000000
       }
      }
     },
     "pool": {
      "type": "object",
      "description": "How connections to endpoints are made and kept.",
      "properties": {
       "prewarm": {
        "type": "integer",
        "format": "int32",
        "description": "Connections that each data worker makes to each endpoint before there are requests, and keeps idle or in use. Of HTTP/2 one is enough and no more are made.",
        "minimum": 0,
        "maximum": 512,
        "default": 0
       },
       "idleTimeout": {
        "type": "string",
        "description": "How long a connection without requests is kept. 0s: it is closed after each request.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "55s"
       },
       "maxRequests": {
        "type": "integer",
        "format": "int32",
        "description": "Requests after which a connection is closed. 0: no limit.",
        "minimum": 0,
        "maximum": 1000000000,
        "default": 0
       },
       "maxAge": {
        "type": "string",
        "description": "Age at which a connection is closed, after the requests on it. 0s: no limit.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
        "default": "0s"
       }
      }
     },
     "connectTimeout": {
      "type": "string",
      "description": "Longest wait for a connection to an endpoint. 0s: as long as the system waits.",
      "maxLength": 32,
      "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$",
      "default": "5s"
     }
    }
   },
   "status": {
    "type": "object",
    "description": "What became of the object. Written by Loom.",
    "properties": {
     "conditions": {
      "type": "array",
      "description": "Accepted (valid), ResolvedRefs (what it names exists and may be used), Programmed (every data worker serves it).",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "type"
      ],
      "items": {
       "type": "object",
       "description": "One condition, in the shape of the Kubernetes API conventions.",
       "required": [
        "type",
        "status",
        "reason",
        "message",
        "lastTransitionTime"
       ],
       "properties": {
        "type": {
         "type": "string",
         "description": "Name of the condition.",
         "minLength": 1,
         "maxLength": 316
        },
        "status": {
         "type": "string",
         "description": "State of the condition.",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "observedGeneration": {
         "type": "integer",
         "format": "int64",
         "description": "Generation of the object that this is about.",
         "minimum": 0
        },
        "lastTransitionTime": {
         "type": "string",
         "format": "date-time",
         "description": "When the status last changed."
        },
        "reason": {
         "type": "string",
         "description": "Word for programs.",
         "minLength": 1,
         "maxLength": 1024
        },
        "message": {
         "type": "string",
         "description": "Sentence for people.",
         "maxLength": 32768
        }
       }
      }
     }
    }
   }
  }
 },
 "WasmPlugin": {
  "type": "object",
  "description": "WasmPlugin is a Proxy-Wasm module with its configuration, to be attached to routes by name.",
  "required": [
   "spec"
  ],
  "properties": {
   "apiVersion": {
    "type": "string",
    "description": "Version of this representation of the object."
   },
   "kind": {
    "type": "string",
    "description": "Kind of this object."
   },
   "metadata": {
    "type": "object"
   },
   "spec": {
    "type": "object",
    "description": "The wanted plugin.",
    "required": [
     "source"
    ],
    "properties": {
     "className": {
      "type": "string",
      "description": "Class of the Loom that serves this object. The default class serves objects without one.",
      "minLength": 1,
      "maxLength": 63
     },
     "source": {
      "type": "object",
      "description": "Where the .wasm comes from.",
      "x-kubernetes-validations": [
       {
        "rule": "[has(self.configMapRef), has(self.configMapChunks), has(self.oci), has(self.http), has(self.file)].exists_one(x, x)",
        "message": "exactly one of configMapRef, configMapChunks, oci, http and file must be set"
       }
      ],
      "properties": {
       "configMapRef": {
        "type": "object",
        "description": "A key of binaryData in a ConfigMap of the same namespace, labelled loom.dev/wasm=true.",
        "required": [
         "name",
         "key"
        ],
        "properties": {
         "name": {
          "type": "string",
          "description": "Name of the ConfigMap.",
          "minLength": 1,
          "maxLength": 253
         },
         "key": {
          "type": "string",
          "description": "Key in binaryData.",
          "minLength": 1,
          "maxLength": 253
         }
        }
       },
       "configMapChunks": {
        "type": "array",
        "description": "The pieces of a module too large for one ConfigMap (1 MiB), in their order; ConfigMaps as for configMapRef.",
        "minItems": 1,
        "maxItems": 128,
        "items": {
         "type": "object",
         "description": "One piece.",
         "required": [
          "name",
          "key"
         ],
         "properties": {
          "name": {
           "type": "string",
           "description": "Name of the ConfigMap.",
           "minLength": 1,
           "maxLength": 253
          },
          "key": {
           "type": "string",
           "description": "Key in binaryData.",
           "minLength": 1,
           "maxLength": 253
          }
         }
        }
       },
       "oci": {
        "type": "object",
        "description": "An image or artifact in an OCI registry.",
        "required": [
         "image"
        ],
        "properties": {
         "image": {
          "type": "string",
          "description": "Registry, repository, and tag or digest: registry.example.com/team/plugin:1.2 or …@sha256:…. Without either the tag is latest. oci:// may stand before it.",
          "maxLength": 1024,
          "pattern": "^(oci://)?([A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?|[A-Za-z0-9-]+:[0-9]{1,5}|localhost|\\[[0-9A-Fa-f:]+\\](:[0-9]{1,5})?)(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$"
         },
         "pullPolicy": {
          "type": "string",
          "description": "IfNotPresent: what was fetched once is used from then on. Always: the registry or server is asked again when the object changes and at intervals. Default IfNotPresent, but Always for the tag latest; without effect for a digest, or with sha256.",
          "enum": [
           "IfNotPresent",
           "Always"
          ]
         },
         "pullSecretRef": {
          "type": "object",
          "description": "Secret of type kubernetes.io/dockerconfigjson in the same namespace, with the credentials.",
          "required": [
           "name"
          ],
          "properties": {
           "name": {
            "type": "string",
            "description": "Name of the Secret.",
            "minLength": 1,
            "maxLength": 253
           }
          }
         },
         "ca": {
          "type": "string",
          "description": "Certificates in PEM that the server may be verified by, beside those that Loom trusts anyway.",
          "maxLength": 65536,
          "pattern": "^\\s*-----BEGIN CERTIFICATE-----"
         },
         "insecure": {
          "type": "string",
          "description": "What to do without. SkipVerify: any certificate is believed. PlainHttp: no TLS at all.",
          "enum": [
           "SkipVerify",
           "PlainHttp"
          ]
         },
         "publicKey": {
          "type": "string",
          "description": "Public key in PEM (ECDSA, Ed25519 or RSA) that must have signed the image; signatures as cosign writes them with --new-bundle-format=false.",
          "maxLength": 16384,
          "pattern": "^\\s*-----BEGIN PUBLIC KEY-----"
         }
        }
       },
       "http": {
        "type": "object",
        "description": "A web server: the module itself, or a .tar, .tar.gz or .gz with it.",
        "required": [
         "url"
        ],
        "x-kubernetes-validations": [
         {
          "rule": "self.url.startsWith(\"https://\") || (has(self.insecure) && self.insecure == \"PlainHttp\")",
          "message": "a URL without TLS needs insecure: PlainHttp"
         }
        ],
        "properties": {
         "url": {
          "type": "string",
          "description": "URL of the module. Redirects are followed, but not from https to http.",
          "maxLength": 2048,
          "pattern": "^https?://[^/\\s]+\\S*$"
         },
         "pullPolicy": {
          "type": "string",
          "description": "IfNotPresent: what was fetched once is used from then on. Always: the registry or server is asked again when the object changes and at intervals. Default IfNotPresent, but Always for the tag latest; without effect for a digest, or with sha256.",
          "enum": [
           "IfNotPresent",
           "Always"
          ]
         },
         "pullSecretRef": {
          "type": "object",
          "description": "Secret of type kubernetes.io/dockerconfigjson in the same namespace, with the credentials.",
          "required": [
           "name"
          ],
          "properties": {
           "name": {
            "type": "string",
            "description": "Name of the Secret.",
            "minLength": 1,
            "maxLength": 253
           }
          }
         },
         "ca": {
          "type": "string",
          "description": "Certificates in PEM that the server may be verified by, beside those that Loom trusts anyway.",
          "maxLength": 65536,
          "pattern": "^\\s*-----BEGIN CERTIFICATE-----"
         },
         "insecure": {
          "type": "string",
          "description": "What to do without. SkipVerify: any certificate is believed. PlainHttp: no TLS at all.",
          "enum": [
           "SkipVerify",
           "PlainHttp"
          ]
         }
        }
       },
       "file": {
        "type": "object",
        "description": "A file that the Loom process can read.",
        "required": [
         "path"
        ],
        "properties": {
         "path": {
          "type": "string",
          "description": "Path of the file. Relative ones start at the folder of the configuration.",
          "minLength": 1,
          "maxLength": 4096
         }
        }
       }
      }
     },
     "sha256": {
      "type": "string",
      "description": "SHA-256 of the module, for an OCI image also that of its manifest. Another content is refused.",
      "pattern": "^[a-f0-9]{64}$"
     },
     "rootId": {
      "type": "string",
      "description": "Root context that the module should use; for modules that hold several plugins.",
      "maxLength": 256
     },
     "vmId": {
      "type": "string",
      "description": "Name under which plugins share data and queues. Empty: all plugins of the namespace that have none.",
      "maxLength": 256
     },
     "config": {
      "description": "Configuration of the plugin: an object or list is read as JSON, a string as it stands.",
      "x-kubernetes-preserve-unknown-fields": true
     },
     "env": {
      "type": "array",
      "description": "Environment variables that the module sees through WASI. There are no others.",
      "maxItems": 64,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "name"
      ],
      "items": {
       "type": "object",
       "description": "One variable.",
       "required": [
        "name",
        "value"
       ],
       "properties": {
        "name": {
         "type": "string",
         "description": "Name of the variable.",
         "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
         "maxLength": 256
        },
        "value": {
         "type": "string",
         "description": "Its value.",
         "maxLength": 8192
        }
       }
      }
     },
     "isolation": {
      "type": "string",
      "description": "Shared: one instance serves many requests at once. Request: each request has a fresh instance, and no request sees what another left behind.",
      "enum": [
       "Shared",
       "Request"
      ],
      "default": "Shared"
     },
     "instances": {
      "type": "integer",
      "format": "int32",
      "description": "Instances of the module in each data worker, with isolation Shared.",
      "minimum": 1,
      "maximum": 64,
      "default": 1
     },
     "ticks": {
      "type": "string",
      "description": "Where the timer of proxy_set_tick_period_milliseconds runs: in each data worker, as in Envoy, or in one of the process.",
      "enum": [
       "Worker",
       "Process"
      ],
      "default": "Worker"
     },
     "allowOnHeadersStopIteration": {
      "type": "boolean",
      "description": "A headers callback that pauses holds the headers only, and body callbacks go on. Otherwise they wait too, as in Envoy.",
      "default": false
     },
     "limits": {
      "type": "object",
      "description": "What the plugin may use. An instance that goes beyond is ended and replaced.",
      "properties": {
       "callbackCpu": {
        "type": "string",
        "description": "Time that one callback may compute. 0s: no limit. Default 50ms.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
       },
       "requestCpu": {
        "type": "string",
        "description": "Time that all callbacks of one request may compute. 0s: no limit. Default 200ms.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
       },
       "startCpu": {
        "type": "string",
        "description": "Time that start and configuration of an instance may compute. 0s: no limit. Default 5s.",
        "maxLength": 32,
        "pattern": "^([0-9]{1,5}(h|m|s|ms)){1,4}$"
       },
       "memoryMiB": {
        "type": "integer",
        "format": "int32",
        "description": "Linear memory of one instance.",
        "minimum": 1,
        "maximum": 1024,
        "default": 64
       },
       "bufferKiB": {
        "type": "integer",
        "format": "int32",
        "description": "Body that may be held while the plugin collects it. Beyond: a request gets 413, a response 500.",
        "minimum": 1,
        "maximum": 1048576,
        "default": 1024
       },
       "concurrency": {
        "type": "integer",
        "format": "int32",
        "description": "Requests that may be in the plugin at once in each data worker; more get failurePolicy.run. 0: no limit.",
        "minimum": 0,
        "maximum": 1000000,
        "default": 0
       }
      }
     },
     "capabilities": {
      "type": "object",
      "description": "What the plugin may do. Without grants: headers and trailers, log, properties, local responses and metrics of its own.",
      "properties": {
       "allow": {
        "type": "array",
        "description": "Further families of host functions and callbacks. All is everything but calls to upstreams that are not named.",
        "maxItems": 16,
        "x-kubernetes-list-type": "set",
        "items": {
         "type": "string",
         "enum": [
          "All",
          "RequestBody",
          "ResponseBody",
          "SharedData",
          "SharedQueues",
          "Ticks",
          "ForeignFunctions",
          "Routing",
          "Redis"
         ]
        }
       },
       "deny": {
        "type": "array",
        "description": "Families of those given without asking that the plugin does not get.",
        "maxItems": 16,
        "x-kubernetes-list-type": "set",
        "items": {
         "type": "string",
         "enum": [
          "Headers",
          "Log",
          "Properties",
          "LocalResponse",
          "Metrics"
         ]
        }
       },
       "upstreams": {
        "type": "array",
        "description": "Where HTTP, gRPC and Redis calls may go: a LoomUpstream (namespace/name, or name in the plugin's namespace), a Service as name.namespace.svc.cluster.local:port, any host:port, or * for every LoomUpstream of its namespace. Those of other namespaces need a ReferenceGrant there.",
        "maxItems": 64,
        "x-kubernetes-list-type": "set",
        "items": {
         "type": "string",
         "minLength": 1,
         "maxLength": 256
        }
       },
       "requestHeaders": {
        "type": "object",
        "description": "Request headers that the plugin sees and changes. Names are exact, or end in * for a prefix.",
        "properties": {
         "read": {
          "type": "object",
          "description": "Which it sees. Others are not there for it.",
          "properties": {
           "allow": {
            "type": "array",
            "description": "Only these. Empty: all.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           },
           "deny": {
            "type": "array",
            "description": "Not these, even when allowed.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           }
          }
         },
         "write": {
          "type": "object",
          "description": "Which it may add, replace or remove. What it writes to others has no effect.",
          "properties": {
           "allow": {
            "type": "array",
            "description": "Only these. Empty: all.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           },
           "deny": {
            "type": "array",
            "description": "Not these, even when allowed.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           }
          }
         }
        }
       },
       "responseHeaders": {
        "type": "object",
        "description": "Response headers that the plugin sees and changes. Names are exact, or end in * for a prefix.",
        "properties": {
         "read": {
          "type": "object",
          "description": "Which it sees. Others are not there for it.",
          "properties": {
           "allow": {
            "type": "array",
            "description": "Only these. Empty: all.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           },
           "deny": {
            "type": "array",
            "description": "Not these, even when allowed.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           }
          }
         },
         "write": {
          "type": "object",
          "description": "Which it may add, replace or remove. What it writes to others has no effect.",
          "properties": {
           "allow": {
            "type": "array",
            "description": "Only these. Empty: all.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           },
           "deny": {
            "type": "array",
            "description": "Not these, even when allowed.",
            "maxItems": 64,
            "items": {
             "type": "string",
             "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~:-]+$",
             "minLength": 1,
             "maxLength": 256
            }
           }
          }
         }
        }
       }
      }
     },
     "targets": {
      "type": "array",
      "description": "Rules that get the plugin without naming it. Routes of the same namespace only.",
      "maxItems": 64,
      "items": {
       "type": "object",
       "description": "One choice of rules: all that is set must hold. Empty: every route of the namespace.",
       "properties": {
        "routes": {
         "type": "array",
         "description": "Names of LoomRoutes.",
         "maxItems": 256,
         "items": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
         }
        },
        "hosts": {
         "type": "array",
         "description": "Hosts as the routes write them.",
         "maxItems": 256,
         "items": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
         }
        },
        "services": {
         "type": "array",
         "description": "Names of Services that a backend leads to.",
         "maxItems": 256,
         "items": {
          "type": "string",
          "minLength": 1,
          "maxLength": 253
         }
        },
        "config": {
         "description": "Configuration in place of the plugin's own.",
         "x-kubernetes-preserve-unknown-fields": true
        }
       }
      }
     },
     "phase": {
      "type": "string",
      "description": "Place in the chain. Plugins run in the order of the phases on a request and in reverse on a response.",
      "enum": [
       "Authn",
       "Authz",
       "OnRequestHeaders",
       "OnRequestBody",
       "OnResponseHeaders",
       "OnResponseBody",
       "OnLog"
      ],
      "default": "OnRequestHeaders"
     },
     "priority": {
      "type": "integer",
      "format": "int32",
      "description": "Place among plugins of the same phase; higher runs first.",
      "minimum": -100000,
      "maximum": 100000,
      "default": 0
     },
     "failurePolicy": {
      "type": "object",
      "description": "What happens to requests when the plugin fails. Closed answers 503, Open goes on without the plugin. A version that worked goes on serving when a new one cannot be fetched or configured.",
      "properties": {
       "fetch": {
        "type": "string",
        "description": "The module cannot be read or compiled.",
        "enum": [
         "Closed",
         "Open"
        ],
        "default": "Closed"
       },
       "configure": {
        "type": "string",
        "description": "The plugin refuses its configuration.",
        "enum": [
         "Closed",
         "Open"
        ],
        "default": "Closed"
       },
       "run": {
        "type": "string",
        "description": "The plugin traps or exceeds a limit while it handles a request. Reload is Closed, and the plugin is never given up: a new instance is tried again and again.",
        "enum": [
         "Closed",
         "Open",
         "Reload"
        ],
        "default": "Closed"
       }
      }
     }
    }
   },
   "status": {
    "type": "object",
    "description": "What became of the object. Written by Loom.",
    "properties": {
     "conditions": {
      "type": "array",
      "description": "Accepted (valid), ResolvedRefs (what it names exists and may be used), Programmed (every data worker serves it).",
      "maxItems": 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": [
       "type"
      ],
      "items": {
       "type": "object",
       "description": "One condition, in the shape of the Kubernetes API conventions.",
       "required": [
        "type",
        "status",
        "reason",
        "message",
        "lastTransitionTime"
       ],
       "properties": {
        "type": {
         "type": "string",
         "description": "Name of the condition.",
         "minLength": 1,
         "maxLength": 316
        },
        "status": {
         "type": "string",
         "description": "State of the condition.",
         "enum": [
          "True",
          "False",
          "Unknown"
         ]
        },
        "observedGeneration": {
         "type": "integer",
         "format": "int64",
         "description": "Generation of the object that this is about.",
         "minimum": 0
        },
        "lastTransitionTime": {
         "type": "string",
         "format": "date-time",
         "description": "When the status last changed."
        },
        "reason": {
         "type": "string",
         "description": "Word for programs.",
         "minLength": 1,
         "maxLength": 1024
        },
        "message": {
         "type": "string",
         "description": "Sentence for people.",
         "maxLength": 32768
        }
       }
      }
     }
    }
   }
  }
 }
};
