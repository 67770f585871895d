;; upgrade-manager
;;
;; The root of trust: which address carries which name, who the admin is, how a contract is replaced,
;; and the migrations that come before. It has no circuit breaker, because it must work in an emergency.

(use-trait implementation-trait .protocol-traits.implementation-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-unauthorized u403)
(define-constant err-not-found u404)

;; --- constants ---------------------------------------------------------------------------------

;; How long an upgrade that was ruled out stays so once it is allowed, about a day: users can leave.
(define-constant upgrade-delay u144)

(define-constant status-planned "planned")
(define-constant status-in-progress "in-progress")
(define-constant status-completed "completed")
(define-constant status-cancelled "cancelled")

;; --- variables ---------------------------------------------------------------------------------

(define-data-var contract-admin principal tx-sender)
(define-data-var pending-admin (optional principal) none)
;; The deployer has no `execute`, so nothing can be forwarded before an implementation is named.
(define-data-var implementation-address principal tx-sender)
(define-data-var last-migration-id uint u0)

;; --- maps --------------------------------------------------------------------------------------

(define-map contract-registry
  { contract-name: (string-ascii 50) }
  {
    current-version: (string-ascii 20),
    contract-address: principal,
    upgradeable: bool,
    last-upgraded: uint
  }
)

;; The inverse of `contract-registry`, kept in step with it: a role check needs one look-up.
(define-map registered-addresses
  { contract-address: principal }
  { contract-name: (string-ascii 50) }
)

;; Addresses that have been replaced. What they hold and owe is still theirs to give back, and those that
;; were replaced may work together for it, until the admin revokes it.
(define-map retired-addresses
  { contract-address: principal }
  { contract-name: (string-ascii 50), retired-at: uint }
)

;; From when on a name may be upgraded, if it may be at all.
(define-map upgradeable-from
  { contract-name: (string-ascii 50) }
  { height: uint }
)

(define-map migration-states
  { migration-id: uint }
  {
    from-version: (string-ascii 20),
    to-version: (string-ascii 20),
    status: (string-ascii 20),
    migrated-records: uint
  }
)

(define-map migration-plans
  { migration-id: uint }
  {
    contract-name: (string-ascii 50),
    target: principal,
    expected-records: uint
  }
)

;; At most one migration per name is planned or in progress.
(define-map pending-migrations
  { contract-name: (string-ascii 50) }
  { migration-id: uint }
)

;; The version that a completed migration gives to a name once it is upgraded to the target. Without one
;; nothing is upgraded: records would be stranded.
(define-map migrated-versions
  { contract-name: (string-ascii 50), target: principal }
  { to-version: (string-ascii 20) }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (is-admin)
  (is-contract-admin contract-caller))

(define-private (is-deployed-contract (who principal))
  (is-ok (contract-hash? who)))

(define-private (is-registered-address (who principal))
  (is-some (map-get? registered-addresses { contract-address: who })))

(define-private (has-pending-migration (contract-name (string-ascii 50)))
  (is-some (map-get? pending-migrations { contract-name: contract-name })))

;; A name can be upgraded while the flag is set, and has been for a day if it was cleared before.
(define-private (may-be-upgraded (contract-name (string-ascii 50)) (upgradeable bool))
  (and
    upgradeable
    (match (map-get? upgradeable-from { contract-name: contract-name })
      from (>= burn-block-height (get height from))
      true)))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (resolve-contract-address (contract-name (string-ascii 50)))
  (ok (get contract-address
    (unwrap! (map-get? contract-registry { contract-name: contract-name }) (err err-not-found)))))

(define-read-only (is-contract-named (contract-name (string-ascii 50)) (who principal))
  (match (map-get? contract-registry { contract-name: contract-name })
    entry (is-eq who (get contract-address entry))
    false))

(define-read-only (is-protocol-contract (who principal))
  (is-registered-address who))

;; Whether `who` once carried the name, and may still end what it began.
(define-read-only (is-retired-contract (contract-name (string-ascii 50)) (who principal))
  (match (map-get? retired-addresses { contract-address: who })
    entry (is-eq contract-name (get contract-name entry))
    false))

;; Governance acts with the admin's rights, so that votes can decide what the admin can.
(define-read-only (is-contract-admin (who principal))
  (or (is-eq who (var-get contract-admin)) (is-contract-named "governance" who)))

(define-read-only (get-contract-info (contract-name (string-ascii 50)))
  (map-get? contract-registry { contract-name: contract-name }))

(define-read-only (get-contract-admin)
  (var-get contract-admin))

(define-read-only (get-implementation)
  (var-get implementation-address))

(define-read-only (get-migration (migration-id uint))
  (map-get? migration-states { migration-id: migration-id }))

(define-read-only (get-migration-plan (migration-id uint))
  (map-get? migration-plans { migration-id: migration-id }))

;; --- public: administration --------------------------------------------------------------------

;; Names the next admin, who has to accept. For the admin (403).
;; The transfer takes two steps, so that the role cannot be lost to an address nobody controls.
(define-public (transfer-admin (new-admin principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (var-set pending-admin (some new-admin))
    (print { event: "admin-transfer-started", new-admin: new-admin })
    (ok true)))

;; Makes the caller the admin. For whom the admin has named (403).
(define-public (accept-admin)
  (begin
    (asserts! (is-eq (some contract-caller) (var-get pending-admin)) (err err-unauthorized))
    (var-set contract-admin contract-caller)
    (var-set pending-admin none)
    (print { event: "admin-transferred", admin: contract-caller })
    (ok true)))

;; --- public: registry --------------------------------------------------------------------------

;; Gives a name to the address of a deployed contract. For the admin (403). 400 an empty name or version,
;; no deployed contract, or a name or an address that is taken.
(define-public (register-contract
    (contract-name (string-ascii 50))
    (contract-address principal)
    (version (string-ascii 20)))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len contract-name) u0) (err err-invalid-input))
    (asserts! (> (len version) u0) (err err-invalid-input))
    (asserts! (is-deployed-contract contract-address) (err err-invalid-input))
    (asserts! (is-none (get-contract-info contract-name)) (err err-invalid-input))
    (asserts! (not (is-registered-address contract-address)) (err err-invalid-input))
    (map-delete retired-addresses { contract-address: contract-address })
    (map-set contract-registry
      { contract-name: contract-name }
      {
        current-version: version,
        contract-address: contract-address,
        upgradeable: true,
        last-upgraded: burn-block-height
      })
    (map-set registered-addresses
      { contract-address: contract-address }
      { contract-name: contract-name })
    (print {
      event: "contract-registered",
      contract-name: contract-name,
      contract-address: contract-address,
      version: version
    })
    (ok true)))

;; Allows or rules out the upgrade of a name. What was ruled out is allowed a day later. For the admin
;; (403). 404 no such name.
(define-public (set-upgradeable (contract-name (string-ascii 50)) (upgradeable bool))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let ((entry (unwrap! (get-contract-info contract-name) (err err-not-found))))
      (and
        upgradeable
        (not (get upgradeable entry))
        (map-set upgradeable-from
          { contract-name: contract-name }
          { height: (+ burn-block-height upgrade-delay) }))
      (map-set contract-registry
        { contract-name: contract-name }
        (merge entry { upgradeable: upgradeable }))
      (print { event: "upgradeable-set", contract-name: contract-name, upgradeable: upgradeable })
      (ok true))))

;; Gives a name to the address that a migration of its records to it has been completed for; the old
;; address retires. For the admin (403). 404 no such name; 403 an upgrade that is not allowed; 400 a
;; pending migration or none that was completed, or an address that is taken.
(define-public (upgrade-contract (contract-name (string-ascii 50)) (new-address principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (entry (unwrap! (get-contract-info contract-name) (err err-not-found)))
        (old-address (get contract-address entry))
        (migration-key { contract-name: contract-name, target: new-address })
      )
      (asserts! (may-be-upgraded contract-name (get upgradeable entry)) (err err-unauthorized))
      (asserts! (not (has-pending-migration contract-name)) (err err-invalid-input))
      (asserts! (not (is-registered-address new-address)) (err err-invalid-input))
      (let ((version (get to-version
          (unwrap! (map-get? migrated-versions migration-key) (err err-invalid-input)))))
        (map-delete migrated-versions migration-key)
        (map-delete registered-addresses { contract-address: old-address })
        (map-set retired-addresses
          { contract-address: old-address }
          { contract-name: contract-name, retired-at: burn-block-height })
        (map-delete retired-addresses { contract-address: new-address })
        (map-set registered-addresses
          { contract-address: new-address }
          { contract-name: contract-name })
        (map-set contract-registry
          { contract-name: contract-name }
          (merge entry {
            current-version: version,
            contract-address: new-address,
            last-upgraded: burn-block-height
          }))
        (print {
          event: "contract-upgraded",
          contract-name: contract-name,
          old-address: old-address,
          new-address: new-address,
          version: version
        })
        (ok true)))))

;; Takes from a retired address what it may still do. For the admin (403). 404 not retired.
(define-public (revoke-retired-contract (contract-address principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts!
      (map-delete retired-addresses { contract-address: contract-address })
      (err err-not-found))
    (print { event: "retired-contract-revoked", contract-address: contract-address })
    (ok true)))

;; --- public: migrations ------------------------------------------------------------------------

;; Announces the migration of a name's records to a deployed contract, and returns its id.
;; `expected-records` may be zero: a retired contract goes on serving what it holds. For the admin (403).
;; 404 no such name; 400 an empty version, no deployed contract, or another migration that is pending;
;; 403 a name that is not upgradeable.
(define-public (plan-migration
    (contract-name (string-ascii 50))
    (target principal)
    (to-version (string-ascii 20))
    (expected-records uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (> (len to-version) u0) (err err-invalid-input))
    (asserts! (is-deployed-contract target) (err err-invalid-input))
    (let (
        (entry (unwrap! (get-contract-info contract-name) (err err-not-found)))
        (migration-id (+ (var-get last-migration-id) u1))
      )
      (asserts! (get upgradeable entry) (err err-unauthorized))
      (asserts! (not (has-pending-migration contract-name)) (err err-invalid-input))
      (var-set last-migration-id migration-id)
      (map-set pending-migrations { contract-name: contract-name } { migration-id: migration-id })
      (map-set migration-states
        { migration-id: migration-id }
        {
          from-version: (get current-version entry),
          to-version: to-version,
          status: status-planned,
          migrated-records: u0
        })
      (map-set migration-plans
        { migration-id: migration-id }
        {
          contract-name: contract-name,
          target: target,
          expected-records: expected-records
        })
      (print {
        event: "migration-planned",
        migration-id: migration-id,
        contract-name: contract-name,
        target: target
      })
      (ok migration-id))))

;; For the admin (403). 404 no such migration; 400 unless it is planned.
(define-public (start-migration (migration-id uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let ((state (unwrap! (get-migration migration-id) (err err-not-found))))
      (asserts! (is-eq (get status state) status-planned) (err err-invalid-input))
      (map-set migration-states
        { migration-id: migration-id }
        (merge state { status: status-in-progress }))
      (print { event: "migration-started", migration-id: migration-id })
      (ok true))))

;; Counts `records` more as migrated and returns how many are. For the target (403), which alone knows what
;; it has taken over. 404 no such migration; 400 unless it is in progress, nothing, or more than
;; expected.
(define-public (record-migration-progress (migration-id uint) (records uint))
  (let (
      (state (unwrap! (get-migration migration-id) (err err-not-found)))
      (plan (unwrap! (get-migration-plan migration-id) (err err-not-found)))
      (migrated-records (get migrated-records state))
      (expected-records (get expected-records plan))
    )
    (asserts! (is-eq contract-caller (get target plan)) (err err-unauthorized))
    (asserts! (is-eq (get status state) status-in-progress) (err err-invalid-input))
    (asserts! (> records u0) (err err-invalid-input))
    ;; Compared as a difference: a sum with any number of records could overflow.
    (asserts! (<= records (- expected-records migrated-records)) (err err-invalid-input))
    (map-set migration-states
      { migration-id: migration-id }
      (merge state { migrated-records: (+ migrated-records records) }))
    (print {
      event: "migration-progress",
      migration-id: migration-id,
      migrated-records: (+ migrated-records records)
    })
    (ok (+ migrated-records records))))

;; For the admin (403). 404 no such migration; 400 unless it is in progress and all records are migrated.
(define-public (complete-migration (migration-id uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (state (unwrap! (get-migration migration-id) (err err-not-found)))
        (plan (unwrap! (get-migration-plan migration-id) (err err-not-found)))
        (contract-name (get contract-name plan))
      )
      (asserts! (is-eq (get status state) status-in-progress) (err err-invalid-input))
      (asserts! (is-eq (get migrated-records state) (get expected-records plan)) (err err-invalid-input))
      (map-set migration-states
        { migration-id: migration-id }
        (merge state { status: status-completed }))
      (map-delete pending-migrations { contract-name: contract-name })
      (map-set migrated-versions
        { contract-name: contract-name, target: (get target plan) }
        { to-version: (get to-version state) })
      (print { event: "migration-completed", migration-id: migration-id })
      (ok true))))

;; For the admin (403). 404 no such migration; 400 unless it is planned or in progress.
(define-public (cancel-migration (migration-id uint))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (let (
        (state (unwrap! (get-migration migration-id) (err err-not-found)))
        (plan (unwrap! (get-migration-plan migration-id) (err err-not-found)))
        (status (get status state))
      )
      (asserts!
        (or (is-eq status status-planned) (is-eq status status-in-progress))
        (err err-invalid-input))
      (map-set migration-states
        { migration-id: migration-id }
        (merge state { status: status-cancelled }))
      (map-delete pending-migrations { contract-name: (get contract-name plan) })
      (print { event: "migration-cancelled", migration-id: migration-id })
      (ok true))))

;; --- public: proxy -----------------------------------------------------------------------------

;; Names the contract that `forward-call` stands for. For the admin (403). 400 no deployed contract.
(define-public (upgrade-implementation (new-implementation principal))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-deployed-contract new-implementation) (err err-invalid-input))
    (var-set implementation-address new-implementation)
    (print { event: "implementation-upgraded", implementation: new-implementation })
    (ok true)))

;; Calls `execute` of the implementation and returns its answer. For the admin; 403 also for any other
;; contract than the implementation. 400 whatever it fails with.
;; The implementation sees this contract as its caller and may not move anything this contract owns.
;; It is not part of the protocol: whatever code it fails with becomes `err-invalid-input`.
(define-public (forward-call
    (implementation <implementation-trait>)
    (function-name (string-ascii 100))
    (args (list 10 (buff 1024))))
  (begin
    (asserts! (is-admin) (err err-unauthorized))
    (asserts! (is-eq (contract-of implementation) (var-get implementation-address)) (err err-unauthorized))
    (ok (unwrap!
      (as-contract? ()
        (unwrap! (contract-call? implementation execute function-name args) (err err-invalid-input)))
      (err err-unauthorized)))))
