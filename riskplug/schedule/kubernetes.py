"""A CronJob for Kubernetes, batch/v1 (1.27 or newer, where `timeZone` is stable)."""

import json

from riskplug.schedule.host import AT_MOST_HOURS, HOUR, MEMORY_GB, MINUTE, Installation

STATE = "/workspace/.riskplug"


def render(host: Installation) -> str:
    """The CronJob and the claim on a volume for its state.

    riskplug.toml and the rules are ConfigMaps and the exports are a volume, all read only; nothing of the container can
    be written but the state and /tmp. The file is mounted by `subPath`: a mount inside a read-only mount has no place
    to be made. A Job that failed is not tried again at once: what failed is in the data or the
    settings, and the next night catches up.
    """
    quote = json.dumps
    return f"""\
# Names to change: the image, the claim on the exports, the Secret with environment variables. The settings:
#   kubectl create configmap riskplug-settings --from-file=riskplug.toml
#   kubectl create configmap riskplug-rules --from-file=rules
# kubectl apply -f riskplug.yaml
# ReadWriteOnce is enough: one pod at a time. With the state in PostgreSQL the volume keeps snapshots and briefs only.
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: riskplug-state
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 20Gi
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: riskplug
spec:
  schedule: "{MINUTE} {HOUR} * * *"
  timeZone: {quote(host.timezone)}
  concurrencyPolicy: Forbid
  # a night whose start was missed is made up for during the day; also keeps the controller from counting 100 misses
  startingDeadlineSeconds: {AT_MOST_HOURS * 3600}
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
      backoffLimit: 0
      activeDeadlineSeconds: {AT_MOST_HOURS * 3600}
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: scan
              image: registry.example.com/riskplug:0.1.0
              args: ["scan", "--business-date", "auto", "-w", "/workspace"]
              envFrom:
                - secretRef:
                    name: riskplug
                    optional: true
              resources:
                requests:
                  cpu: "1"
                  memory: 4Gi
                limits:
                  memory: {MEMORY_GB}Gi
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              volumeMounts:
                - name: settings
                  mountPath: /workspace/riskplug.toml
                  subPath: riskplug.toml
                  readOnly: true
                - name: rules
                  mountPath: /workspace/rules
                  readOnly: true
                - name: exports
                  mountPath: /workspace/exports
                  readOnly: true
                - name: state
                  mountPath: {STATE}
                - name: tmp
                  mountPath: /tmp
          volumes:
            - name: settings
              configMap:
                name: riskplug-settings
            - name: rules
              configMap:
                name: riskplug-rules
                optional: true
            - name: exports
              persistentVolumeClaim:
                claimName: riskplug-exports
                readOnly: true
            - name: state
              persistentVolumeClaim:
                claimName: riskplug-state
            - name: tmp
              emptyDir: {{}}
"""
